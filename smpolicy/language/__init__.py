"""The condition language: text, checked conditions, bound expressions and their meaning."""
