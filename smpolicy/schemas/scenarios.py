"""The schema of scenario files."""

from __future__ import annotations

from smpolicy.schemas.shapes import Schema, class_schema, head
from smpolicy.testing.scenarios import ScenarioFile
from smpolicy.vocabulary import Vocabulary


def scenario_schema(vocabulary: Vocabulary) -> Schema:
    """Return the schema of a file of scenarios.

    Args:
        vocabulary: the kinds of action.
    """
    made = class_schema(ScenarioFile)
    settings = made["properties"]["defaults"], made["properties"]["scenario"]["items"]
    for setting in (*settings, settings[1]["properties"]["each"]["items"]):
        setting["properties"]["plain"] |= {"enum": list(vocabulary.kinds)}
    description = "Portable tests: actions, each with what must be decided; a file `*.scenarios.toml`."
    return {**head("scenario", "A file of scenarios", description), **made}
