"""The cells of one row become a wish, column by column, or the first reason against it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial

from b2b.domain.reason import Reason
from b2b.domain.request import Delivery, Wish
from b2b.domain.upload.address import AddressReader, Found
from b2b.domain.upload.cells import (
    LIMITS,
    formula_note,
    read_delivery,
    read_items,
    read_language,
    read_link,
    read_switch,
    too_long,
)
from b2b.domain.upload.dates import read_day
from b2b.domain.upload.memory import remembering
from b2b.domain.upload.names import EMAIL
from b2b.domain.upload.shapes import BLANK, Note, ReadingRules


@dataclass(slots=True)
class _Draft:
    """A wish while its row is read."""

    notes: list[Note]
    texts: dict[str, str] = field(default_factory=dict)
    groups: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    remove_groups: tuple[str, ...] = ()
    remove_packages: tuple[str, ...] = ()
    expires_on: date | None = None
    delivery: Delivery | None = None
    sends: bool | None = None


_Fill = Callable[[str, _Draft], Reason | None]


class WishReader:
    """Knows which column holds what, and reads row after row."""

    def __init__(self, columns: Sequence[str], rules: ReadingRules) -> None:
        self._email = columns.index(EMAIL)
        self._addresses = AddressReader(rules.own_domains, rules.partner_domains)
        self._read_sponsor = remembering(self._addresses.read_anyone)
        self._read_day = remembering(partial(read_day, today=rules.today))
        self._read_switch = remembering(read_switch)
        self._read_link = remembering(read_link)
        self._fills = [(at, self._fill(name)) for at, name in enumerate(columns) if name]
        del self._fills[[at for at, _ in self._fills].index(self._email)]

    def read(self, cells: Sequence[str]) -> tuple[Wish, tuple[Note, ...]] | Reason:
        """`cells` are as many as there are columns."""
        found = self._addresses.read(cells[self._email])
        if isinstance(found, Reason):
            return found
        draft = _Draft(list(found.notes))
        for at, fill in self._fills:
            cell = cells[at]
            if cell and (refusal := fill(cell, draft)):
                return refusal
        if draft.sends is False:
            if draft.delivery not in (None, Delivery.LINK):
                return _CONTRADICTION
            draft.delivery = Delivery.LINK
        return _wish(found, draft), tuple(draft.notes)

    def _fill(self, name: str) -> _Fill:
        special: dict[str, _Fill] = {
            **self._lists(),
            "sponsorEmail": self._fill_sponsor,
            "expiresOn": self._fill_expiry,
            "language": _fill_language,
            "redirectUrl": self._fill_link,
            "sendInvitation": self._fill_switch,
            "delivery": _fill_delivery,
        }
        return special.get(name) or partial(_fill_text, name, LIMITS.get(name, 0))

    def _fill_sponsor(self, cell: str, draft: _Draft) -> Reason | None:
        if not cell.strip(BLANK):
            return None
        found = self._read_sponsor(cell)
        if isinstance(found, Reason):
            return Reason("invalid_sponsor", f"sponsorEmail: {found.sentence}")
        draft.texts["sponsorEmail"] = found.address
        return None

    def _fill_expiry(self, cell: str, draft: _Draft) -> Reason | None:
        if not cell.strip(BLANK):
            return None
        day = self._read_day(cell)
        if isinstance(day, Reason):
            return day
        draft.expires_on = day.date
        draft.notes.extend(day.notes)
        return None

    def _lists(self) -> dict[str, _Fill]:
        """Cells with several names in them, and where each goes."""
        places = {
            "groups": "groups",
            "accessPackages": "packages",
            "removeGroups": "remove_groups",
            "removeAccessPackages": "remove_packages",
        }
        return {
            name: partial(_fill_list, remembering(partial(read_items, name)), place)
            for name, place in places.items()
        }

    def _fill_link(self, cell: str, draft: _Draft) -> Reason | None:
        return _kept("redirectUrl", self._read_link(cell), draft)

    def _fill_switch(self, cell: str, draft: _Draft) -> Reason | None:
        switch = self._read_switch(cell)
        if isinstance(switch, Reason):
            return switch
        draft.sends = switch
        return None


def _wish(found: Found, draft: _Draft) -> Wish:
    text = draft.texts.get
    return Wish(
        email=found.address,
        display_name=text("displayName") or found.name[: LIMITS["displayName"]],
        given_name=text("givenName", ""),
        surname=text("surname", ""),
        company=text("companyName", ""),
        groups=draft.groups,
        access_packages=draft.packages,
        remove_groups=draft.remove_groups,
        remove_access_packages=draft.remove_packages,
        expires_on=draft.expires_on,
        sponsor=text("sponsorEmail", ""),
        redirect_url=text("redirectUrl", ""),
        language=text("language", ""),
        message=text("message", ""),
        delivery=draft.delivery,
        correlation_id=text("correlationId", ""),
    )


def _fill_list(
    read: Callable[[str], tuple[str, ...] | Reason], place: str, cell: str, draft: _Draft
) -> Reason | None:
    items = read(cell)
    if isinstance(items, Reason):
        return items
    setattr(draft, place, items)
    return None


def _fill_text(name: str, limit: int, cell: str, draft: _Draft) -> Reason | None:
    text = cell.strip(BLANK)
    if len(text) > limit:
        return too_long(name, limit)
    if text[:1] in ("=", "@") and (note := formula_note(name, text)):
        draft.notes.append(note)
    draft.texts[name] = text
    return None


def _fill_language(cell: str, draft: _Draft) -> Reason | None:
    return _kept("language", read_language(cell), draft)


def _kept(name: str, text: str | Reason, draft: _Draft) -> Reason | None:
    if isinstance(text, Reason):
        return text
    draft.texts[name] = text
    return None


def _fill_delivery(cell: str, draft: _Draft) -> Reason | None:
    delivery = read_delivery(cell)
    if isinstance(delivery, Reason):
        return delivery
    draft.delivery = delivery
    return None


_CONTRADICTION = Reason(
    "conflicting_delivery",
    "sendInvitation says no and delivery asks for a mail: leave one of them empty.",
)
