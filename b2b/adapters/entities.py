"""How the ledger's values lie in table entities: short names, strings, and nothing nested."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any, assert_never

from b2b.domain.batch import Batch, LedgerRow, ReadProgress, ReadPurpose, Totals
from b2b.domain.guest import GuestId, GuestRecord, Standing
from b2b.domain.outcome import (
    AlreadyGuest,
    Assigned,
    Failed,
    HeldByBrake,
    Invited,
    Left,
    NotDone,
    Outcome,
    Renewed,
    Taken,
    status_of,
)
from b2b.domain.reason import Reason
from b2b.domain.request import Address, BatchId, RequestId, RowRef, address_key
from b2b.domain.stay import StayChange, StayEffect

Entity = dict[str, Any]
_WARNINGS_KEPT = 20_000  # characters; a string property holds 32,768


def row_entity(row: LedgerRow) -> Entity:
    return {
        **row_key(row.ref),
        "email": row.email,
        "sender": row.sender,
        "request": row.request or "",
        "guest": row.guest or "",
        "link": row.link,
        "generation": row.generation,
        "correlation": row.correlation,
        "content": row.content,
        **stay_fields(row.stay),
        **outcome_fields(row.outcome),
    }


def row_key(ref: RowRef) -> Entity:
    return {"PartitionKey": ref.batch, "RowKey": ref.key}


def outcome_fields(outcome: Outcome | None) -> Entity:
    fields: Entity = {
        "status": status_of(outcome),
        "code": "",
        "sentence": "",
        "groups": 0,
        "packages": 0,
    }
    match outcome:
        case None:
            return fields
        case (
            Assigned(guest, groups, packages)
            | AlreadyGuest(guest, groups, packages)
            | Taken(guest, groups, packages)
        ):
            return fields | {"guest": guest, "groups": groups, "packages": packages}
        case Invited(guest) | Renewed(guest) | Left(guest):
            return fields | {"guest": guest}
        case NotDone(reason, guest) | Failed(reason, guest) | HeldByBrake(reason, guest):
            told = {"code": reason.code, "sentence": reason.sentence}
            return fields | told | ({"guest": guest} if guest else {})
        case _:
            assert_never(outcome)


def stay_fields(stay: StayChange | None) -> Entity:
    """Empty texts for a row whose stay is not decided: a merge takes off what was noted before."""
    if stay is None:
        return dict.fromkeys(_STAY, "")
    return {
        "stay": stay.effect.value,
        "stayGuest": stay.guest,
        "stayAt": stay.at.isoformat(),
        "endBefore": _day_text(stay.before),
        "expires": _day_text(stay.until),
        "endAsked": _day_text(stay.asked),
        "sponsor": stay.sponsor,
        "sponsorBefore": stay.sponsor_before,
        "partner": stay.partner,
    }


_STAY = (
    *("stay", "stayGuest", "stayAt", "endBefore", "expires", "endAsked"),
    *("sponsor", "sponsorBefore", "partner"),
)


def _stay(entity: Mapping[str, Any]) -> StayChange | None:
    if not entity.get("stay"):  # rows of older versions have none
        return None
    return StayChange(
        effect=StayEffect(entity["stay"]),
        guest=GuestId(entity["stayGuest"]),
        at=datetime.fromisoformat(entity["stayAt"]),
        before=_day(entity["endBefore"]),
        until=_day(entity["expires"]),
        asked=_day(entity["endAsked"]),
        sponsor=entity["sponsor"],
        sponsor_before=entity["sponsorBefore"],
        partner=entity["partner"],
    )


def _day_text(day: date | None) -> str:
    return day.isoformat() if day else ""


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def as_row(entity: Mapping[str, Any]) -> LedgerRow:
    return LedgerRow(
        ref=RowRef(BatchId(entity["PartitionKey"]), entity["RowKey"]),
        email=entity["email"],
        sender=entity["sender"],
        request=RequestId(entity["request"]) if entity["request"] else None,
        outcome=_outcome(entity),
        guest=GuestId(entity["guest"]) if entity["guest"] else None,
        link=entity["link"],
        generation=entity["generation"],
        correlation=entity.get("correlation", ""),
        content=entity.get("content", ""),
        stay=_stay(entity),
    )


def _outcome(entity: Mapping[str, Any]) -> Outcome | None:
    guest = GuestId(entity["guest"])
    reason = Reason(entity["code"], entity["sentence"])
    held = (guest, entity["groups"], entity.get("packages", 0))  # rows of older versions have none
    endings: dict[str, Outcome | None] = {
        "pending": None,
        "assigned": Assigned(*held),
        "invited": Invited(guest),
        "already_guest": AlreadyGuest(*held),
        "access_removed": Taken(*held),
        "refused": NotDone(reason, guest or None),
        "failed": Failed(reason, guest or None),
        "held_by_brake": HeldByBrake(reason, guest or None),
        "renewed": Renewed(guest),
        "left": Left(guest),
    }
    return endings[entity["status"]]


def batch_entity(batch: Batch) -> Entity:
    return {
        "PartitionKey": "batch",
        "RowKey": batch.id,
        "name": batch.name,
        "at": batch.at,
        "policy": batch.policy_version,
        "done": batch.done,
        "reading": batch.reading is not None,
        "readingSource": batch.reading.source if batch.reading else "",
        "readingPurpose": batch.reading.purpose if batch.reading else "",
        "readingRows": batch.reading.rows if batch.reading else 0,
        "code": batch.refused.code if batch.refused else "",
        "sentence": batch.refused.sentence if batch.refused else "",
        "rows": batch.totals.rows,
        "queued": batch.totals.queued,
        "rejected": batch.totals.rejected,
        "skipped": batch.totals.skipped,
        "warnings": "\n".join(one.replace("\n", " ") for one in batch.warnings)[:_WARNINGS_KEPT],
    }


def as_batch(entity: Mapping[str, Any], version: str | None = None) -> Batch:
    refused = Reason(entity["code"], entity["sentence"]) if entity["code"] else None
    return Batch(
        id=BatchId(entity["RowKey"]),
        name=entity["name"],
        at=_moment(entity["at"]),
        policy_version=entity["policy"],
        done=entity["done"],
        reading=_reading(entity),
        version=version,
        refused=refused,
        totals=Totals(entity["rows"], entity["queued"], entity["rejected"], entity["skipped"]),
        warnings=tuple(entity["warnings"].split("\n")) if entity["warnings"] else (),
    )


def _reading(entity: Mapping[str, Any]) -> ReadProgress | None:
    if not entity.get("reading"):
        return None
    purpose = ReadPurpose(entity["readingPurpose"])
    return ReadProgress(entity["readingSource"], purpose, entity["readingRows"])


def upload_key(name: str) -> Entity:
    return {"PartitionKey": "upload", "RowKey": sha256(name.encode()).hexdigest()}


def guest_key(address: str) -> Entity:
    """Spread over 256 partitions; a hash, since an address may hold what a key may not."""
    digest = sha256(address_key(address).encode()).hexdigest()
    return {"PartitionKey": digest[:2], "RowKey": digest}


def guest_entity(record: GuestRecord) -> Entity:
    return {
        **guest_key(record.address),
        "email": record.address,
        "standing": record.standing.value,
        "request": record.request,
        "since": record.since,
        "guest": record.guest or "",
        "partner": record.partner,
        "sponsor": record.sponsor,
        "expires": record.expires_on.isoformat() if record.expires_on else "",
        "policy": record.policy_version,
        "sender": record.sender,
        "correlation": record.correlation,
        "redeemed": record.redeemed_on.isoformat() if record.redeemed_on else "",
        "asMember": record.as_member,
    }


def as_guest(entity: Mapping[str, Any], version: str) -> GuestRecord:
    return GuestRecord(
        address=Address(entity["email"]),
        standing=Standing(entity["standing"]),
        request=RequestId(entity["request"]),
        since=_moment(entity["since"]),
        guest=GuestId(entity["guest"]) if entity["guest"] else None,
        partner=entity["partner"],
        sponsor=entity["sponsor"],
        expires_on=date.fromisoformat(entity["expires"]) if entity["expires"] else None,
        policy_version=entity["policy"],
        sender=entity.get("sender", ""),
        correlation=entity.get("correlation", ""),
        redeemed_on=date.fromisoformat(day) if (day := entity.get("redeemed")) else None,
        as_member=bool(entity.get("asMember", False)),  # rows of older versions have none
        version=version,
    )


def _moment(value: datetime) -> datetime:
    """The SDK answers a subclass of datetime; a plain one compares and prints as expected."""
    return datetime.fromtimestamp(value.timestamp(), UTC)
