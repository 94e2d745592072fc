"""What InterAct's scenarios are to the catalogue: prompts, and relationships that belong to them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from avatar_server.dataset.interact.interact_folder import open_interact
from avatar_server.dataset.interactions_csv import Prompt
from avatar_server.dataset.known_relationships import KnownRelationships
from avatar_server.dataset.relationships_csv import Relationship


def scenarios_of(data_dir: Path) -> tuple[Mapping[int, Prompt] | None, KnownRelationships | None]:
    """Prompts and relationships of an InterAct folder; None for other folders, and without the database.

    Both actors have the same text: what happens is the first prompt, who they are the second.
    """
    folder = open_interact(data_dir)
    if folder is None or folder.scenarios is None:
        return None, None
    prompts = {
        number: Prompt(
            number=number,
            unique_id=f"{number:03d}",
            text_a=scenario.text,
            text_b=scenario.setup,
            ipc_a="",
            ipc_b="",
            interaction_type="",
            emotion=scenario.emotion,
        )
        for number, scenario in folder.scenarios.items()
    }
    relationships = {
        number: Relationship(scenario.relationship, "") for number, scenario in folder.scenarios.items()
    }
    return prompts, KnownRelationships(relationships, of_prompts=True)
