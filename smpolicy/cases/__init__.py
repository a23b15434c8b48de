"""The approval desk: cases of actions that wait for approval, from submission to release."""
