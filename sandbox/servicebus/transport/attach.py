"""What a peer asks for when it attaches a link, and how we answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.servicebus.access import path_of
from sandbox.servicebus.codec.decode import Described, decode
from sandbox.servicebus.codec.encode import (
    FALSE,
    NULL,
    boolean,
    described,
    long,
    mapping,
    sequence,
    string,
    symbol,
    uint,
)
from sandbox.servicebus.transport import frames

_FILTER = "com.microsoft:session-filter"
_PATIENCE = 65_000  # milliseconds: how long a client waits for a session when it does not say
_TICKS_AT_1970 = 621_355_968_000_000_000


@dataclass(frozen=True, slots=True)
class Attach:
    """`path` is the entity or node that the link is for, on whichever end it stands."""

    raw: tuple[bytes, ...]
    handle: int
    receives: bool
    address: str
    path: str
    locks: bool  # false: receive and delete
    filters: dict[str, Any]
    properties: dict[str, Any]
    transacts: bool  # to the coordinator of transactions, which is no entity

    @classmethod
    def read(cls, fields: Sequence[bytes]) -> "Attach":
        raw = (*fields, *[NULL] * (14 - len(fields)))
        receives = decode(raw[2])[0]
        terminus = decode(raw[5 if receives else 6])[0]
        described_end = isinstance(terminus, Described)
        transacts = described_end and terminus.descriptor == frames.COORDINATOR
        inside = terminus.value if described_end and not transacts else []
        address = (inside[0] if inside else None) or ""
        return cls(
            raw=raw,
            handle=decode(raw[1])[0],
            receives=receives,
            address=address,
            path=path_of(address),
            locks=decode(raw[3])[0] != 1,  # 1: the sender shall settle at once
            filters=(inside[7] if receives and len(inside) > 7 else None) or {},
            properties=decode(raw[13])[0] or {},
            transacts=transacts,
        )

    @property
    def for_session(self) -> bool:
        return _FILTER in self.filters

    @property
    def session_id(self) -> str | None:
        """None: whichever is free."""
        wanted = self.filters.get(_FILTER)
        return wanted.value if isinstance(wanted, Described) else wanted

    @property
    def patience(self) -> int:
        return int(self.properties.get("com.microsoft:timeout", _PATIENCE))

    def accepting(self) -> list[bytes]:
        return self._answer(self.raw[5], self.raw[6], NULL)

    def granting(self, session_id: str, locked_until: int) -> list[bytes]:
        filters = mapping((symbol(_FILTER), string(session_id)))
        source = described(frames.SOURCE, sequence(string(self.address), *[NULL] * 6, filters))
        ticks = long(locked_until * 10_000 + _TICKS_AT_1970)
        properties = mapping((symbol("com.microsoft:locked-until-utc"), ticks))
        return self._answer(source, self.raw[6], properties)

    def refusing(self) -> list[bytes]:
        if self.receives:
            return self._answer(NULL, self.raw[6], NULL)
        return self._answer(self.raw[5], NULL, NULL)

    def _answer(self, source: bytes, target: bytes, properties: bytes) -> list[bytes]:
        name, handle, _, sends, receives = self.raw[:5]
        count = uint(0) if self.receives else NULL  # only who sends may say it, and must
        role = boolean(not self.receives)
        ends = [name, handle, role, sends, receives, source, target]
        return [*ends, NULL, FALSE, count, frames.limit(), NULL, NULL, properties]
