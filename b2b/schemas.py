"""The JSON Schemas of the messages, written out: python -m b2b.schemas docs/schemas"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode

from b2b.cloud_events import GuestEvent
from b2b.outside import GuestInvitation, GuestLeave, GuestRenewal

SENT: Mapping[str, type[BaseModel]] = {
    "guest-invitation": GuestInvitation,
    "guest-renewal": GuestRenewal,
    "guest-leave": GuestLeave,
}
HEARD: Mapping[str, type[BaseModel]] = {"guest-event": GuestEvent}


def schemas() -> dict[str, dict[str, Any]]:
    """By the name of their file. What is sent is described as we read it, what is heard as is."""
    sent = {name: _schema(model, "validation") for name, model in SENT.items()}
    return sent | {name: _schema(model, "serialization") for name, model in HEARD.items()}


def _schema(model: type[BaseModel], mode: JsonSchemaMode) -> dict[str, Any]:
    made = model.model_json_schema(mode=mode, schema_generator=_Plain)
    return {"$schema": GenerateJsonSchema.schema_dialect, **made}


class _Plain(GenerateJsonSchema):
    """Titles would only repeat the names."""

    def field_title_should_be_set(self, _schema: object) -> bool:
        return False


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, schema in schemas().items():
        text = json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
        (folder / f"{name}.schema.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
