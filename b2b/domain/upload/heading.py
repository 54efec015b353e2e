"""The header line: which columns it names, and whether one of them, and only one, is the e-mail."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from b2b.domain.reason import Reason
from b2b.domain.upload.mentions import is_address
from b2b.domain.upload.names import EMAIL, NAME, USER_PRINCIPAL_NAME, known_name, plain
from b2b.domain.upload.shapes import BLANK, Note
from b2b.domain.upload.templates import is_account_list, purpose_of_another

SHOWN = 60  # characters of a column's name repeated in a sentence
LISTED = 10  # columns named in one sentence
_ENGLISH = {"givenname", "firstname", "forename", "surname", "lastname", "familyname"}
EXPECTED = "email,displayName,companyName,groups,sponsorEmail,expiresOn,message"
NO_EMAIL_COLUMN = Reason(
    "no_email_column",
    f"No column with e-mail addresses was found; begin the file with a line such as {EXPECTED}",
)


@dataclass(frozen=True, slots=True)
class Heading:
    """The columns by their known names, in the order of the file."""

    columns: tuple[str, ...]
    notes: tuple[Note, ...] = ()


def looks_like_heading(cells: Sequence[str]) -> bool:
    """It names a column that we know and holds nobody's address."""
    return known_columns(cells) > 0 and not any(map(is_address, cells))


def known_columns(cells: Sequence[str]) -> int:
    """How many columns are known; nothing counts when the line belongs to another purpose."""
    known = sum(bool(known_name(cell)) for cell in cells)
    return known or int(purpose_of_another(cells) is not None or is_account_list(cells) is not None)


def has_email_column(cells: Sequence[str]) -> bool:
    return any(known_name(cell) in (EMAIL, USER_PRINCIPAL_NAME) for cell in cells)


def read_heading(cells: Sequence[str]) -> Heading | Reason:
    cells = [cell.strip(BLANK) for cell in cells]
    if reason := purpose_of_another(cells):
        return reason
    names = _with_names_told_apart(cells)
    if names.count(EMAIL) > 1:
        return _ambiguous([cell for cell, name in zip(cells, names, strict=True) if name == EMAIL])
    notes: list[Note] = []
    if EMAIL not in names:
        if USER_PRINCIPAL_NAME not in names:
            return is_account_list(cells) or _no_email_among(cells)
        names[names.index(USER_PRINCIPAL_NAME)] = EMAIL
        notes.append(Note("upn_as_email", "UserPrincipalName used as the e-mail column"))
    columns = _first_of_each(names)
    return Heading(columns, (*notes, *_ignored(cells, columns)))


def _with_names_told_apart(cells: Sequence[str]) -> list[str]:
    """'Name' beside 'Vorname' is the family name, 'Nome' beside 'Cognome' the first name.

    Not so in English, where a name is a whole name whatever stands beside it.
    """
    names = [known_name(cell) for cell in cells]
    parts = {
        name
        for cell, name in zip(cells, names, strict=True)
        if name in ("givenName", "surname") and plain(cell) not in _ENGLISH
    }
    meant = "displayName"
    if len(parts) == 1 and not {"givenName", "surname"} <= set(names):
        meant = "surname" if "givenName" in parts else "givenName"
    if meant in names:
        meant = ""
    return [meant if name == NAME else name for name in names]


def _first_of_each(names: list[str]) -> tuple[str, ...]:
    columns: list[str] = []
    for name in names:
        columns.append("" if name in columns or name == USER_PRINCIPAL_NAME else name)
    return tuple(columns)


def _ignored(cells: Sequence[str], columns: Sequence[str]) -> list[Note]:
    ignored = [cell for cell, name in zip(cells, columns, strict=True) if cell and not name]
    if not ignored:
        return []
    word = "column" if len(ignored) == 1 else "columns"
    return [Note("unknown_columns", f"{word} ignored: {_listed(ignored)}")]


def _listed(cells: Sequence[str]) -> str:
    more = f" and {len(cells) - LISTED} more" if len(cells) > LISTED else ""
    return ", ".join(f"'{cell[:SHOWN]}'" for cell in cells[:LISTED]) + more


def _no_email_among(cells: Sequence[str]) -> Reason:
    return Reason(
        NO_EMAIL_COLUMN.code,
        f"None of the columns ({_listed([cell for cell in cells if cell])}) is known to hold "
        f"e-mail addresses; begin the file with a line such as {EXPECTED}",
    )


def _ambiguous(cells: Sequence[str]) -> Reason:
    return Reason(
        "ambiguous_email_columns",
        f"Several columns could hold the guest's e-mail ({_listed(cells)}): "
        "leave only one of them.",
    )


def unmasked(lines: Iterable[str]) -> Iterator[str]:
    """A header whose first column is called '#' would be taken for a comment."""
    for line in islice(iter_lines := iter(lines), 1):
        yield line.replace("#", "", 1) if is_numbered_heading(line) else line
    yield from iter_lines


def is_numbered_heading(line: str) -> bool:
    return "@" not in line and _NUMBERED.match(line) is not None


_NUMBERED = re.compile(r'\s*"?#"?[ ]*[,;|\t]')
