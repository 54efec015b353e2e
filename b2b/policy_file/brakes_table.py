"""The table [brakes] of policy.toml, and the same table of a partner."""

from pydantic import BaseModel, ConfigDict, Field

from b2b.domain.policy import DEFAULT_BRAKES, DailyBrake, Effect
from b2b.policy_file.kinds import CountOrNone, PercentOrNone


class DailyBrakeTable(BaseModel):
    """Guests in one UTC day: `most`, or `percent` of the managed guests if that is more."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    most: CountOrNone = Field(description="So many guests a day in any case.")
    percent: PercentOrNone = Field(
        0.0, description="More than `most`, if this percentage of the managed guests is more."
    )


class BrakesTable(BaseModel):
    """What a day may bring; what would pass a brake waits for an operator or is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    invite: DailyBrakeTable | None = Field(
        None, description="Rows and messages that may invite a guest; 5000 without this key."
    )
    give_access: DailyBrakeTable | None = Field(
        None, description="Guests who are given groups or packages; 5000 without this key."
    )
    take_access: DailyBrakeTable | None = Field(
        None,
        description="Guests from whom groups or packages are taken; 50 or 5 percent without it.",
    )
    leave: DailyBrakeTable | None = Field(
        None,
        description="Guests who are let go by messages; without it `block_brake.most`.",
    )


def named_brakes(table: BrakesTable | None) -> dict[Effect, DailyBrake]:
    """Returns the brakes that the table names."""
    found = {effect: getattr(table, effect.value, None) for effect in Effect}
    return {
        effect: DailyBrake(brake.most, brake.percent)
        for effect, brake in found.items()
        if brake is not None
    }


def all_brakes(table: BrakesTable, block_most: int) -> dict[Effect, DailyBrake]:
    """Returns a brake for each effect. `block_most` limited leaves before there was [brakes]."""
    leave = {Effect.LEAVE: DailyBrake(block_most)}
    return {**DEFAULT_BRAKES, **leave, **named_brakes(table)}
