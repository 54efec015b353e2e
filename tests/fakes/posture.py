"""A tenant in memory for whoever inspects it, and exported sign-ins."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any

from b2b.domain.activity import Coverage, Cursors, Kind, SignIn
from b2b.domain.errors import TryLater
from b2b.domain.posture import NotReadable, Tenant
from b2b.domain.posture.tenant import GroupRules
from b2b.domain.request import GroupId


@dataclass(slots=True)
class FakeInspector:
    """Tells `tenant` as it is; `groups_there` are the groups that the directory has."""

    tenant: Tenant
    groups_there: set[GroupId] = field(default_factory=set)

    async def inspect(self, groups: Mapping[GroupId, str], now: datetime) -> Tenant:
        rules = self.tenant.group_rules
        gone = [
            f"{name} (there is no such group)"
            for group, name in sorted(groups.items())
            if group not in self.groups_there
        ]
        if isinstance(rules, GroupRules):
            rules = replace(rules, refusing=(*rules.refusing, *gone))
        return replace(self.tenant, group_rules=rules)

    def go_dark(self, why: NotReadable) -> None:
        names = [one.name for one in fields(Tenant) if one.name != "requests"]
        unread: dict[str, Any] = dict.fromkeys(names, why)
        self.tenant = replace(self.tenant, **unread)


@dataclass(slots=True)
class FakeExport:
    """`lines` are the kept sign-ins; `trouble` is raised in the midst of them."""

    lines: list[SignIn] = field(default_factory=list)
    coverage: Coverage = field(default_factory=Coverage)
    trouble: TryLater | None = None

    def covers(self, began: datetime, reached: datetime) -> None:
        cursors = Cursors(began=began, reached=reached, reread=reached)
        self.coverage = Coverage(cursors={Kind.SIGN_INS: cursors})

    def refuse(self, code: str) -> None:
        self.coverage = Coverage(refused={Kind.SIGN_INS: code})

    async def reach(self) -> Coverage:
        return self.coverage

    async def sign_ins(self, since: datetime, until: datetime) -> AsyncIterator[SignIn]:
        for one in self.lines:
            if since <= one.at < until:
                yield one
            if self.trouble is not None:
                raise self.trouble
