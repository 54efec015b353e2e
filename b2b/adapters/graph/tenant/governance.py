"""Access reviews and their outcome, entitlement management, Microsoft's own lifecycle policies."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from pydantic import Field

from b2b.adapters.graph.tenant.asking import Asking
from b2b.adapters.graph.tenant.source import Source, Wire
from b2b.domain.posture.tenant import ExternalLifecycle, LifecyclePolicy, Review, ReviewOutcome

REVIEWS = "/identityGovernance/accessReviews/definitions"
READ_REVIEWS, READ_ENTITLEMENT = "AccessReview.Read.All", "EntitlementManagement.Read.All"
LOOKED_INTO = 20  # series whose outcome is read; the others are told without it
PAGES = 500  # of decisions in one instance
DONE = frozenset({"Completed", "Applied", "AutoReviewed", "Applying"})
CARRIED_OUT = frozenset({"AppliedSuccessfully", "AppliedSuccessfullyButObjectNotFound"})


class _Range(Wire):
    type: str | None = None
    end_date: date | None = None


class _Recurrence(Wire):
    """https://learn.microsoft.com/graph/api/resources/accessreviewschedulesettings: a review that
    is held once has no pattern."""

    pattern: dict[str, Any] | None = None
    range: _Range | None = None


class _Settings(Wire):
    recurrence: _Recurrence | None = None
    auto_apply_decisions_enabled: bool | None = None
    default_decision_enabled: bool | None = None
    default_decision: str | None = None


class _Definition(Wire):
    id: str
    display_name: str | None = None
    status: str | None = None
    scope: dict[str, Any] | None = None
    instance_enumeration_scope: dict[str, Any] | None = None
    settings: _Settings | None = None

    @property
    def covers_guests(self) -> bool:
        """Named in a query, or among the members of something with no word about their type."""
        queries = [text.lower() for text in _queries([self.scope, self.instance_enumeration_scope])]
        typed = [text for text in queries if "usertype" in text]
        if typed:
            return any("'guest'" in text for text in typed)
        return any("members" in text or text.endswith("/users") for text in queries)

    def is_over(self, now: datetime) -> bool:
        """Held once and ended, or a series past its last day."""
        again = self.settings.recurrence if self.settings else None
        if again is None or again.pattern is None:
            return self.status in DONE
        last = again.range.end_date if again.range and again.range.type == "endDate" else None
        return last is not None and last < now.date()


def _queries(scope: Any) -> Iterator[str]:
    if isinstance(scope, dict):
        for name, value in scope.items():
            if name == "query" and isinstance(value, str):
                yield value
            else:
                yield from _queries(value)
    elif isinstance(scope, list):
        for one in scope:
            yield from _queries(one)


async def reviews(asking: Asking, now: datetime) -> tuple[Review, ...]:
    read = await asking.every(_source(REVIEWS), _Definition)
    covering = [one for one in read if one.covers_guests]
    outcomes = {one.id: await _last(asking, one, now) for one in covering[:LOOKED_INTO]}
    return tuple(_review(one, outcomes.get(one.id), now) for one in read)


def _source(path: str) -> Source:
    return Source(path=path, permission=READ_REVIEWS, licence="P2")


def _review(read: _Definition, last: ReviewOutcome | None, now: datetime) -> Review:
    settings = read.settings or _Settings()
    return Review(
        name=read.display_name or read.id,
        covers=read.covers_guests,
        applies=bool(settings.auto_apply_decisions_enabled),
        denies_by_default=bool(
            settings.default_decision_enabled and settings.default_decision == "Deny"
        ),
        last=last,
        over=read.is_over(now),
    )


class _Instance(Wire):
    id: str
    status: str | None = None
    end_date_time: datetime | None = None


class _Decision(Wire):
    decision: str | None = None
    apply_result: str | None = None

    @property
    def undone(self) -> bool:
        return self.decision == "Deny" and self.apply_result not in CARRIED_OUT


async def _last(asking: Asking, review: _Definition, now: datetime) -> ReviewOutcome | None:
    instances = await asking.every(_source(f"{REVIEWS}/{review.id}/instances"), _Instance)
    ended = [(one.end_date_time, one.id) for one in instances if _over(one, now)]
    if not ended:
        return None
    moment, instance = max((at, identity) for at, identity in ended if at is not None)
    path = f"{REVIEWS}/{review.id}/instances/{instance}/decisions"
    decided: Counter[str] = Counter()
    undone = 0
    async for one in asking.each(_source(path), _Decision, PAGES):
        decided[one.decision or "NotReviewed"] += 1
        undone += one.undone
    return ReviewOutcome(ended=moment.date(), decisions=dict(decided), not_applied=undone)


def _over(instance: _Instance, now: datetime) -> bool:
    end = instance.end_date_time
    return end is not None and end <= now and instance.status in DONE


class _Entitlement(Wire):
    external_user_lifecycle_action: str | None
    duration_until_external_user_deleted_after_blocked: str | None = None


async def external_lifecycle(asking: Asking) -> ExternalLifecycle:
    source = Source(
        path="/identityGovernance/entitlementManagement/settings",
        permission=READ_ENTITLEMENT,
        licence="P2",
    )
    read = await asking.one(source, _Entitlement)
    return ExternalLifecycle(
        action=read.external_user_lifecycle_action or "none",
        deleted_after=read.duration_until_external_user_deleted_after_blocked or "",
    )


class _Rule(Wire):
    type: str = Field(default="", alias="@odata.type")
    is_enabled: bool | None = None


class _Lifecycle(Wire):
    type: str = Field(default="", alias="@odata.type")
    display_name: str | None = None
    is_enabled: bool
    rules: list[_Rule] | None = None

    def value(self) -> LifecyclePolicy:
        rules = (one.type.rpartition(".")[2] for one in self.rules or () if one.is_enabled)
        return LifecyclePolicy(
            name=self.display_name or "", enabled=self.is_enabled, rules=tuple(rules)
        )


async def lifecycle_policies(asking: Asking) -> tuple[LifecyclePolicy, ...]:
    """https://learn.microsoft.com/graph/api/resources/identitygovernance-guestlifecyclepolicy

    Documented for v1.0 (read 2026-11-23), in no SDK of that day: not every tenant may know it.
    """
    source = Source(
        path="/identityGovernance/lifecycleWorkflows/lifecyclePolicies",
        permission="LifecyclePolicies-Guests.Read.All",
        licence="Governance",
        young=True,
    )
    read = await asking.every(source, _Lifecycle)
    return tuple(one.value() for one in read if one.type.endswith(".guestLifecyclePolicy"))
