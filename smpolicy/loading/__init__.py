"""Loading: from files to checked rulesets, agencies, directories and approvals."""
