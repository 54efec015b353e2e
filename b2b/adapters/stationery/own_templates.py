"""The operator's own templates: config/mail/<language>/<kind>.subject, .html and .txt."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from b2b.domain.errors import Refused
from b2b.domain.mail import MailKind
from b2b.ports import Clock, Files

CONTAINER, FOLDER = "config", "mail/"
PARTS = ("subject", "html", "txt")
LONGEST = 256 * 1024
LOOK_AGAIN = timedelta(minutes=1)


@dataclass(slots=True)
class OwnTemplates:
    """Looks at most once a minute which there are; raises TryLater when storage is away."""

    files: Files
    clock: Clock
    _names: dict[str, str] = field(default_factory=dict)  # and ETags
    _read: dict[tuple[str, str], str] = field(default_factory=dict)
    _looked: datetime | None = None

    async def language(self, languages: Sequence[str], kind: MailKind, ours: set[str]) -> str:
        """The first of the languages for which there is a template, of the operator's or ours."""
        await self._look()
        for one in languages:
            if one in ours or any(_name(one, kind, part) in self._names for part in PARTS):
                return one
        return languages[-1]

    async def template(self, language: str, kind: MailKind, part: str) -> str | None:
        """Its text, or None when the operator has none. Raises ValueError for what is no text."""
        name = _name(language, kind, part)
        etag = self._names.get(name)
        if etag is None:
            return None
        if (name, etag) not in self._read:
            try:
                content, _ = await self.files.read(CONTAINER, name)
            except Refused:  # deleted a moment ago
                return None
            if content is None or len(content) > LONGEST:
                raise ValueError("longer than a template may be")
            self._read[name, etag] = content.decode("utf-8-sig")
        return self._read[name, etag]

    async def _look(self) -> None:
        now = self.clock()
        if self._looked is not None and now - self._looked < LOOK_AGAIN:
            return
        found = await self.files.names(CONTAINER)
        self._names = {name: etag for name, etag in found if name.startswith(FOLDER)}
        self._read = {key: text for key, text in self._read.items() if key[0] in self._names}
        self._looked = now


def _name(language: str, kind: MailKind, part: str) -> str:
    return f"{FOLDER}{language}/{kind.value}.{part}"
