"""How many guests a day may be invited, given access, deprived of access or let go."""

from dataclasses import dataclass
from enum import StrEnum


class Effect(StrEnum):
    """What a request does to a guest. The values are keys of the table [brakes] and are stored."""

    INVITE = "invite"
    GIVE_ACCESS = "give_access"
    TAKE_ACCESS = "take_access"
    LEAVE = "leave"


@dataclass(frozen=True, slots=True)
class DailyBrake:
    """The guests of one UTC day: `most`, or `percent` of the managed guests if that is more."""

    most: int
    percent: float = 0

    def allowed(self, managed: int) -> int:
        return max(self.most, int(managed * self.percent // 100))


DEFAULT_BRAKES = {
    Effect.INVITE: DailyBrake(5_000),
    Effect.GIVE_ACCESS: DailyBrake(5_000),
    Effect.TAKE_ACCESS: DailyBrake(50, 5),
    Effect.LEAVE: DailyBrake(200),  # the default of block_brake.most
}
