"""The table [intake] of policy.toml."""

from pydantic import Field, StrictInt

from b2b.domain.policy import IntakeTerms
from b2b.policy_file.partner_tables import Table

_INTAKE = IntakeTerms()  # the defaults stand in the domain only


class IntakeTable(Table):
    """What is taken of a file that people drop."""

    largest_rows: StrictInt = Field(
        _INTAKE.largest_rows,
        ge=1,
        le=20_000_000,
        description="Lines of one file; a longer file is refused as a whole.",
    )
