"""Writes every schema to its file."""

from smpolicy.schemas import NAMES, schema, shipped_file, to_text

for _name in NAMES:
    shipped_file(_name).write_text(to_text(schema(_name)), encoding="utf-8", newline="\n")
