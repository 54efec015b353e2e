"""The sample file as a person reads it, and what that person expects to come of it."""

import csv
import json
from collections import defaultdict
from dataclasses import dataclass

from sandbox.demo.run import SAMPLE, SEED
from tests.e2e.scene import Row

# By line: everybody else on the list is new, and is to be invited and let in.
SPECIAL = {
    43: ("already_guest", ""),
    53: ("refused", "member_of_tenant"),
    60: ("refused", "invalid_email"),
    63: ("refused", "redirect_url_not_allowed"),
    64: ("refused", "ambiguous_date"),
    69: ("already_guest", ""),
    82: ("refused", "own_tenant_domain"),
    87: ("refused", "missing_email"),
    99: ("refused", "duplicate_of_line_7_with_different_values"),
    106: ("already_guest", ""),
    126: ("refused", "guest_in_recycle_bin"),
    130: ("refused", "group_not_allowed"),
    140: ("already_guest", ""),
    143: ("refused", "duplicate_of_line_5"),
    144: ("already_guest", ""),
    155: ("refused", "expiry_in_the_past"),
    164: ("already_guest", ""),
    170: ("refused", "more_than_one_address_in_cell"),
    171: ("refused", "directory_refused"),
    175: ("refused", "unknown_partner"),
    198: ("refused", "guest_disabled"),
}
GROUP_OF_PACKAGE = {"Aurora Workspace": "Aurora-Workspace"}
FAILS_IN_DIRECTORY = 171  # the policy admits it; the directory finds no address in it
LINKED = "@example.org"  # the partner whose guests get a link in place of a mail
PENDING_LINKED = "flo.pending@example.org"  # was invited before, and may ask for the link again


def asked() -> dict[int, Row]:
    """The rows of the sample by line."""
    with SAMPLE.open(encoding="utf-8", newline="") as file:
        return dict(enumerate(csv.DictReader(file), start=2))


@dataclass(frozen=True, slots=True)
class Expected:
    endings: dict[int, tuple[str, str]]
    newcomers: set[str]
    mailed: set[str]
    linked: set[str]
    groups: dict[str, set[str]]


def expected() -> Expected:
    rows = asked()
    endings = {line: SPECIAL.get(line) or _welcomed(row) for line, row in rows.items()}
    newcomers = {row["email"] for line, row in rows.items() if line not in SPECIAL}
    linked = {address for address in newcomers if address.endswith(LINKED)}
    groups = defaultdict(set, _seeded_groups())
    for line, row in rows.items():
        if endings[line][0] in ("assigned", "already_guest"):
            for group in filter(None, row["groups"].split(";")):
                groups[group].add(row["email"])
            for package in filter(None, row["accessPackages"].split(";")):
                groups[GROUP_OF_PACKAGE[package]].add(row["email"])
    return Expected(endings, newcomers, newcomers - linked, linked, dict(groups))


def seeded_guests() -> set[str]:
    """Those that the directory showed before."""
    return {
        user["mail"]
        for user in json.loads(SEED.read_text("utf-8"))["users"]
        if user["userType"] == "Guest" and "deletedDaysAgo" not in user
    }


def secrets() -> set[str]:
    """What of the sample may stand in no log: addresses and names."""
    known = json.loads(SEED.read_text("utf-8"))["users"]
    people = [(row["email"], row["displayName"]) for row in asked().values()]
    people += [(user["mail"], user["displayName"]) for user in known]
    addresses = {address for address, _ in people if address.count("@") == 1}
    names = {name for _, name in people if " " in name}
    return addresses | names


def _welcomed(row: Row) -> tuple[str, str]:
    return ("assigned" if row["groups"] or row["accessPackages"] else "invited", "")


def _seeded_groups() -> dict[str, set[str]]:
    groups = json.loads(SEED.read_text("utf-8"))["groups"]
    return {group["displayName"]: set(group["members"]) for group in groups}
