"""`python -m smpolicy` is the command `smpolicy`."""

from smpolicy.cli import main

main()
