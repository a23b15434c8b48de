"""Packs for tests: a distribution as an installer would leave it, with a small ruleset."""

from __future__ import annotations

from pathlib import Path

HEADER = """[ruleset]
id      = "{id}"
title   = "The ruleset {id}"
version = "1"
dated   = 2026-01-01
source  = "Nothing (fictional)"
"""
RULE = """
[[consideration]]
id    = "X.1"
title = "Something"
gist  = "Something."
acts  = ["publish"]

[[rule]]
id     = "X.1/humor"
on     = ["publish"]
when   = "content.humor"
then   = "deny"
reason = "For example."
"""


def install_pack(
    site: Path, distribution: str, name: str, value: str, *, stated: str | None = None, id: str = "", code: str = ""
) -> None:
    """Install a distribution with a ruleset.

    Args:
        site: the folder in which it is installed.
        distribution: its name.
        name: the name of the entry point.
        value: the package that holds the ruleset, and perhaps folders in it.
        stated: what the entry point says instead of that.
        id: the id of the ruleset; by default `name`.
        code: the code of the package.
    """
    metadata = site / f"{distribution.replace('-', '_')}-1.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1\n", encoding="utf-8")
    offered = f"[smpolicy.rulesets]\n{name} = {value if stated is None else stated}\n"
    (metadata / "entry_points.txt").write_text(offered, encoding="utf-8")
    package, *folders = value.replace(":", ".").split(".")
    folder = site.joinpath(package, *folders)
    folder.mkdir(parents=True)
    (site / package / "__init__.py").write_text(code, encoding="utf-8")
    (folder / "ruleset.toml").write_text(HEADER.format(id=id or name) + RULE, encoding="utf-8")
