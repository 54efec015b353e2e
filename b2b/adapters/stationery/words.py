"""The words of our mails in each language, as they were written by us."""

import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

HOME = files("b2b.adapters.stationery")
LANGUAGES = ("de", "en", "es", "fr", "it", "ja", "nl", "pl", "pt")

Words = Mapping[str, Any]


@cache
def words_in(language: str) -> Words | None:
    """None for a language that nobody has written yet."""
    if language not in LANGUAGES:
        return None
    return tomllib.loads((HOME / "words" / f"{language}.toml").read_text(encoding="utf-8"))


@cache
def layout(part: str) -> str:
    """The sheet that every mail is written on: `html` or `txt`."""
    return (HOME / f"layout.{part}").read_text(encoding="utf-8")


def day_in(words: Words, day: date | None) -> str:
    """Months are written out: 03/04 is two days."""
    if day is None:
        return ""
    number = words.get("first", "1") if day.day == 1 else str(day.day)
    month = words["months"][day.month - 1]
    return str(words["date"]).format(day=number, month=month, year=day.year)
