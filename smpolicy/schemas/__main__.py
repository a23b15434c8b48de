"""Writes every schema to the file that is shipped."""

from smpolicy.schemas import shipped_file, write

write(shipped_file("action").parent)
