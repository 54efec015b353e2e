"""How the tables of a policy must agree: names and domains once, numbers in order.

Works on the raw content, so that a misspelt number hides no domain that is claimed twice.
"""

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from b2b.domain.policy import REFUSE
from b2b.domain.policy.partner import name_key
from b2b.policy_file.fault import Complaint, Path, shown, table_label
from b2b.policy_file.kinds import Days, Domain, Name
from b2b.policy_file.lifecycle_tables import LifecycleTable
from b2b.policy_file.partner_tables import TermsTable
from b2b.policy_file.standing import standing_faults

T = TypeVar("T")
Content = Mapping[str, Any]

_DOMAIN: TypeAdapter[str] = TypeAdapter(Domain)
_NAME: TypeAdapter[str] = TypeAdapter(Name)
_DAYS: TypeAdapter[int] = TypeAdapter(Days)


def disagreements(content: Content) -> Iterator[Complaint]:
    """What is misshapen is passed over: that is told already."""
    yield from _partner_names(content)
    yield from _fallback(content)
    yield from _domains(content)
    for path, table in _tables(content, "partners"):
        yield from _names(path, table, "groups")
        yield from _names(path, table, "access_packages")
    yield from standing_faults(content)
    yield from _stays(content)
    yield from _lifecycle(content)
    for path, exemption in _tables(content, "exemptions"):
        yield from _exemption(path, exemption)


def _partner_names(content: Content) -> Iterator[Complaint]:
    first: dict[str, Path] = {name_key(REFUSE): ()}
    for path, partner in _tables(content, "partners"):
        name = _read(_NAME, partner.get("name"))
        if name is None:
            continue
        taken = first.setdefault(name_key(name), path)
        if taken == ():
            yield Complaint((*path, "name"), f"a name other than {shown(REFUSE)}", shown(name))
        elif taken != path:
            found = f"{shown(name)}, the name of {table_label(taken, {})} too"
            yield Complaint((*path, "name"), "a name that no other partner has", found)


def _fallback(content: Content) -> Iterator[Complaint]:
    names = [_read(_NAME, partner.get("name")) for _, partner in _tables(content, "partners")]
    fallback = _read(_NAME, content.get("unknown_domains", REFUSE))
    if fallback is not None and fallback not in (REFUSE, *names):
        known = ", ".join(shown(name) for name in names if name)
        expected = f"{shown(REFUSE)} or the name of a partner{' (' + known + ')' if known else ''}"
        yield Complaint(("unknown_domains",), expected, shown(fallback))
    for path, partner in _tables(content, "partners"):
        name = _read(_NAME, partner.get("name"))
        if name is not None and name != fallback and partner.get("domains", []) == []:
            expected = "one domain or more, unless unknown_domains names the partner"
            yield Complaint((*path, "domains"), expected, "none")


def _domains(content: Content) -> Iterator[Complaint]:
    holders: dict[str, Path] = {}
    for holder, path, written in _claims(content):
        name = _read(_DOMAIN, written)
        if name is None:
            continue
        taken = holders.get(name)
        holders.setdefault(name, holder)
        if taken is not None:
            found = f"{shown(written)}, claimed by {table_label(taken, content)} already"
            yield Complaint(path, "a domain that nobody else claims", found)


def _claims(content: Content) -> Iterator[tuple[Path, Path, object]]:
    """Who claims, where it is written, and what is written there."""
    for at, written in enumerate(_list(content.get("own_domains"))):
        yield ("own_domains",), ("own_domains", at), written
    for path, partner in _tables(content, "partners"):
        for at, entry in enumerate(_list(partner.get("domains"))):
            written = entry.get("name") if isinstance(entry, dict) else entry
            yield path, (*path, "domains", at), written


def _names(path: Path, partner: Content, kind: str) -> Iterator[Complaint]:
    listed = partner.get(kind)
    first: dict[str, str] = {}
    for name in listed if isinstance(listed, dict) else ():
        taken = first.setdefault(name_key(name), name)
        if taken != name:
            found = f"{shown(name)} beside {shown(taken)}"
            yield Complaint((*path, kind, name), "names that differ in more than case", found)


def _stays(content: Content) -> Iterator[Complaint]:
    defaults = content.get("defaults")
    common = defaults if isinstance(defaults, dict) else {}
    yield from _stay(("defaults",), common, {})
    for path, partner in _tables(content, "partners"):
        yield from _stay(path, partner, common)


def _stay(path: Path, table: Content, above: Content) -> Iterator[Complaint]:
    keys = ("default_stay_days", "longest_stay_days")
    here = [key for key in keys if key in table]
    default, longest = (_read(_DAYS, _setting(key, table, above)) for key in keys)
    if here and default is not None and longest is not None and default > longest:
        expected = f"default_stay_days to be at most longest_stay_days ({longest})"
        yield Complaint((*path, here[0]), expected, str(default))


def _setting(key: str, table: Content, above: Content) -> object:
    return table.get(key, above.get(key, TermsTable.model_fields[key].default))


def _lifecycle(content: Content) -> Iterator[Complaint]:
    given = content.get("lifecycle")
    table = given if isinstance(given, dict) else {}
    yield from _order(table, "unredeemed_remind_days", "less than", "unredeemed_block_days")
    yield from _order(table, "settle_days", "at most", "inactive_block_days")
    reminders = [_read(_DAYS, days) for days in _list(table.get("remind_days_before_end"))]
    days = [day for day in reminders if day is not None]
    if days != sorted(set(days), reverse=True):
        found = ", ".join(map(str, days))
        yield Complaint(
            ("lifecycle", "remind_days_before_end"), "days that fall from one to the next", found
        )


def _order(table: Content, first: str, how: str, second: str) -> Iterator[Complaint]:
    defaults = LifecycleTable.model_fields
    low, high = (_read(_DAYS, table.get(key, defaults[key].default)) for key in (first, second))
    if low is None or high is None or low < high or (low == high and how == "at most"):
        return
    at = first if first in table else second
    yield Complaint(("lifecycle", at), f"{first} to be {how} {second} ({high})", str(low))


def _exemption(path: Path, exemption: Content) -> Iterator[Complaint]:
    given = [key for key in ("address", "domain", "group") if key in exemption]
    if len(given) != 1:
        yield Complaint(
            path, "exactly one of address, domain and group", " and ".join(given) or "none of them"
        )
    if "subdomains" in exemption and "domain" not in exemption:
        yield Complaint((*path, "subdomains"), "this key beside domain only", "no domain")


def _tables(content: Content, name: str) -> Iterator[tuple[Path, Content]]:
    for at, table in enumerate(_list(content.get(name))):
        if isinstance(table, dict):
            yield (name, at), table


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _read(kind: TypeAdapter[T], value: object) -> T | None:
    try:
        return kind.validate_python(value)
    except ValidationError:
        return None
