"""Where the shipped rulesets lie: in the package of an installed wheel, beside it in a checkout."""

from __future__ import annotations

from pathlib import Path

from smpolicy.errors import MissingFile, Place, Problem


def rulesets_folder() -> Path:
    """Return the folder that holds the shipped rulesets.

    Raises:
        MissingFile: the installation is incomplete.
    """
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "_rulesets", package.parent / "rulesets"):
        if folder.is_dir():
            return folder
    message = "the rulesets that smpolicy ships are not there"
    raise MissingFile(Problem("missing_file", message, place=Place(str(package)), help="install smpolicy again"))
