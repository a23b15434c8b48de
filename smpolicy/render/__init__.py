"""Rendering: decisions as data and in words, and the reference pages."""
