"""What the stand-in holds: roles that exist, who assigned what to whom, and who may."""

from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

# https://learn.microsoft.com/azure/role-based-access-control/built-in-roles
ROLES: Final = {
    "acdd72a7-3385-48ef-bd42-f606fba81ae7": "Reader",
    "b24988ac-6180-42a0-ab88-20f7382dd24c": "Contributor",
    "8e3af657-a8ff-443c-a75c-2fe8c4bcb635": "Owner",
    "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1": "Storage Blob Data Reader",
}


class Refused(Exception):
    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


class Settings(BaseModel):
    """`null` for `administrators` or `principals` means everybody; `subscriptions` exist."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")

    administrators: list[str] | None = None
    principals: list[str] | None = None
    subscriptions: list[str] | None = None
    page: int = 100


@dataclass(slots=True)
class World:
    secret: str
    tenant: str
    settings: Settings = field(default_factory=Settings)
    assignments: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    requests: int = 0

    def add(self, scope: str, name: str, properties: dict[str, Any]) -> dict[str, Any]:
        """Raises Refused (409) for the same role of the same principal at the same scope."""
        same = (properties["roleDefinitionId"].lower(), properties["principalId"].lower())
        for (where, known), row in self.assignments.items():
            held = row["properties"]
            there = (held["roleDefinitionId"].lower(), held["principalId"].lower())
            if where == scope.lower() and there == same:
                words = "The role assignment already exists."
                raise Refused(409, "RoleAssignmentExists", words)
            if known == name.lower() and where == scope.lower():
                words = "Principal, role and scope of an assignment cannot be updated."
                raise Refused(409, "RoleAssignmentUpdateNotPermitted", words)
        row = {
            "id": f"{scope}/providers/Microsoft.Authorization/roleAssignments/{name}",
            "name": name,
            "type": "Microsoft.Authorization/roleAssignments",
            "properties": {"scope": scope, **properties},
        }
        self.assignments[scope.lower(), name.lower()] = row
        return row
