"""The outbox in Azure Tables: one entity a letter, with everything but the link."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date, datetime
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.data.tables import UpdateMode
from azure.data.tables.aio import TableClient, TableServiceClient

from b2b.adapters.azure_errors import in_our_words
from b2b.domain.guest import GuestId
from b2b.domain.mail import Facts, LeftOut, Letter, LetterId, Line, MailKind, Section, Stage
from b2b.domain.odata import quoted
from b2b.domain.reason import Reason
from b2b.domain.request import Address, Delivery

LETTERS = "letters"
Entity = dict[str, Any]


class TableOutbox:
    """Spread over 256 partitions by the first digits of the id, which is a hash."""

    def __init__(self, service: TableServiceClient) -> None:
        self._service = service
        self._made = False

    async def post(self, letter: Letter) -> Letter:
        table = await self._table()
        with in_our_words("outbox"):
            try:
                written = await table.create_entity(letter_entity(letter))
            except ResourceExistsError:
                pass
            else:
                return replace(letter, version=written["etag"])
        return await self.letter(letter.id) or letter

    async def letter(self, letter: LetterId) -> Letter | None:
        table = await self._table()
        with in_our_words("outbox"):
            try:
                found = await table.get_entity(letter[:2], letter)
            except ResourceNotFoundError:
                return None
        return as_letter(found, str(found.metadata["etag"]))

    async def letters_to(self, address: Address) -> Sequence[Letter]:
        return await self._query(f"to eq {quoted(address)}")

    async def unsent(self) -> Sequence[Letter]:
        return await self._query(f"stage ne {quoted(Stage.SENT.value)}")

    async def _query(self, condition: str) -> Sequence[Letter]:
        table = await self._table()
        with in_our_words("outbox"):
            found = table.query_entities(condition)
            return [as_letter(one, str(one.metadata["etag"])) async for one in found]

    async def keep(self, letter: Letter) -> Letter:
        table = await self._table()
        with in_our_words("outbox"):
            written = await table.update_entity(
                letter_entity(letter),
                mode=UpdateMode.REPLACE,
                etag=letter.version,
                match_condition=MatchConditions.IfNotModified,
            )
        return replace(letter, version=written["etag"])

    async def _table(self) -> TableClient:
        if not self._made:
            with in_our_words("outbox"):
                await self._service.create_table_if_not_exists(LETTERS)
            self._made = True
        return self._service.get_table_client(LETTERS)


def letter_entity(letter: Letter) -> Entity:
    reason = letter.reason or Reason("", "")
    return {
        "PartitionKey": letter.id[:2],
        "RowKey": letter.id,
        "kind": letter.kind.value,
        "to": letter.to,
        "language": letter.language,
        "at": letter.at.isoformat(),
        "again": letter.again.isoformat() if letter.again else "",
        "guest": letter.guest or "",
        "carrier": letter.carrier.value,
        "stage": letter.stage.value,
        "claimed": letter.claimed.isoformat() if letter.claimed else "",
        "draft": letter.draft,
        "ended": letter.ended.isoformat() if letter.ended else "",
        "code": reason.code,
        "sentence": reason.sentence[:1000],
        "facts": json.dumps(asdict(letter.facts), default=str, ensure_ascii=False),
    }


def as_letter(entity: Mapping[str, Any], version: str) -> Letter:
    return Letter(
        id=LetterId(entity["RowKey"]),
        kind=MailKind(entity["kind"]),
        to=Address(entity["to"]),
        language=entity["language"],
        at=datetime.fromisoformat(entity["at"]),
        facts=_facts(json.loads(entity["facts"])),
        again=_moment(entity.get("again", "")),
        guest=GuestId(entity["guest"]) if entity["guest"] else None,
        carrier=Delivery(entity["carrier"]),
        stage=Stage(entity["stage"]),
        claimed=_moment(entity["claimed"]),
        draft=entity["draft"],
        ended=_moment(entity["ended"]),
        reason=Reason(entity["code"], entity["sentence"]) if entity["code"] else None,
        version=version,
    )


def _facts(held: Mapping[str, Any]) -> Facts:
    sections = tuple(
        Section(one["name"], one["total"], tuple(map(_line, one["lines"])))
        for one in held["sections"]
    )
    known = {**held, "until": _day(held["until"]), "sections": sections}
    known["about"] = tuple(held.get("about", ()))  # letters of older versions have none of these
    known["losses"] = tuple(held.get("losses", ()))
    known["left_out"] = tuple(LeftOut(**one) for one in held.get("left_out", ()))
    return Facts(**known)


def _line(held: Mapping[str, Any]) -> Line:
    return Line(**{**held, "day": _day(held["day"])})


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
