"""How often properties are tried that take little time each."""

from __future__ import annotations

from hypothesis import settings

MANY = settings(max_examples=3 * settings.default.max_examples) if settings.default else settings()
OFTEN = settings(max_examples=20 * settings.default.max_examples) if settings.default else settings()
