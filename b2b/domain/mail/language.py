"""Which languages are tried for a mail, in order."""

LAST = "en"


def chain(asked: str, default: str) -> tuple[str, ...]:
    """`de-AT` by a default of `fr-CH`: de-AT, de, fr-CH, fr, en."""
    tried = [step for tag in (asked, default, LAST) for step in _steps(tag)]
    return tuple(dict.fromkeys(tried))


def _steps(tag: str) -> list[str]:
    """A tag and everything that it is a kind of: zh-Hant-TW, zh-Hant, zh."""
    parts = tag.strip().replace("_", "-").split("-")
    if not all(part.isascii() and part.isalnum() and len(part) <= 8 for part in parts):
        return []
    spelt = [parts[0].lower(), *map(_spelt, parts[1:])]
    return ["-".join(spelt[:count]) for count in range(len(spelt), 0, -1)]


def _spelt(part: str) -> str:
    return part.upper() if len(part) == 2 else part.title() if len(part) == 4 else part.lower()
