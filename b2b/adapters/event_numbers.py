"""The places of a subject's happenings, in Azure Tables: given once, without gaps, kept for good.

The subject's partition holds a head with the last number and the latest happenings, so that a place
is mostly given by writing that one entity. The older ones are entities of their own.
"""

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import (
    HttpResponseError,
    ResourceExistsError,
    ResourceModifiedError,
    ResourceNotFoundError,
)
from azure.data.tables import TableTransactionError, UpdateMode
from azure.data.tables.aio import TableClient

from b2b.domain.happening import Happening, Numbered

HEAD = "head"
MOST, KEPT = 20, 10  # happenings in a head, and those that stay when it is full
Entity = dict[str, Any]
Place = tuple[str, str, str]  # id, time, what


async def number(table: TableClient, happening: Happening) -> Numbered:
    """Raises ResourceModifiedError when another writer was first."""
    head = await _read(table, happening.subject, HEAD)
    last, recent = _parts(head)
    for place, (identity, at, _) in enumerate(recent, last - len(recent) + 1):
        if identity == happening.id:
            return _as_given(happening, place, at)
    if last > len(recent):
        older = await _read(table, happening.subject, _row(happening.id))
        if older is not None:
            return _as_given(happening, older["number"], older["at"])
    new = (happening.id, happening.at.isoformat(), happening.what.value)
    await _write(table, happening.subject, last + 1, [*recent, new], head)
    return Numbered(happening, last + 1)


def _parts(head: Any) -> tuple[int, list[Place]]:
    """The last number, and the latest happenings up to it."""
    if head is None:
        return 0, []
    return head["last"], [tuple(one) for one in json.loads(head.get("recent", "[]"))]


def _as_given(happening: Happening, place: int, at: str) -> Numbered:
    return Numbered(replace(happening, at=datetime.fromisoformat(at)), place)


async def _write(
    table: TableClient, subject: str, last: int, recent: list[Place], known: Any
) -> None:
    left, stays = (recent[:-KEPT], recent[-KEPT:]) if len(recent) > MOST else ([], recent)
    head = {"PartitionKey": subject, "RowKey": HEAD, "last": last, "recent": json.dumps(stays)}
    terms: Entity = {"mode": UpdateMode.REPLACE, "match_condition": MatchConditions.IfNotModified}
    try:
        if known is None:
            await table.create_entity(head)
        elif not left:
            await table.update_entity(head, etag=known.metadata["etag"], **terms)
        else:
            moves = _moves(subject, last - len(recent) + 1, left)
            terms["etag"] = known.metadata["etag"]
            await table.submit_transaction([("update", head, terms), *moves])
    except (TableTransactionError, ResourceExistsError) as conflict:
        if conflict.status_code not in (409, 412):
            raise
        raise ResourceModifiedError(response=_response(conflict)) from conflict


def _moves(subject: str, first: int, left: list[Place]) -> list[tuple[str, Entity]]:
    moves = []
    for place, (identity, at, what) in enumerate(left, first):
        key = {"PartitionKey": subject, "RowKey": _row(identity)}
        moves.append(("upsert", key | {"number": place, "at": at, "what": what}))
    return moves


def _row(identity: str) -> str:
    return f"event-{identity}"


async def _read(table: TableClient, subject: str, row: str) -> Any:
    try:
        return await table.get_entity(subject, row)
    except ResourceNotFoundError:
        return None


def _response(failure: HttpResponseError) -> Any:
    return failure.response
