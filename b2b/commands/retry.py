"""`python -m b2b retry BATCH`: ask again for what was refused or failed."""

from typing import Annotated

import typer
from rich.console import Console

from b2b.commands.house import in_house
from b2b.domain.batch import ReadPurpose
from b2b.domain.request import BatchId


def retry(
    batch: Annotated[str, typer.Argument(help="The name of the folder in the container results.")],
    failed: Annotated[
        bool, typer.Option("--failed", help="Only rows that failed, not the refused ones.")
    ] = False,
) -> int:
    """Send the rows of BATCH again that were refused or failed. Nobody is invited twice by it.

    The file has to be in the container uploads still, as it was.
    """
    purpose = ReadPurpose.RETRY_FAILED if failed else ReadPurpose.RETRY
    name = in_house(lambda house: house.intake.retry(BatchId(batch), purpose))
    Console().print(f"Asked again, from {name}. Watch results/{batch}/summary.json.", markup=False)
    return 0
