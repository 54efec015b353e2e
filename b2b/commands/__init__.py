"""The command line: each command is a module, and this is the list of them."""

import typer
from click import ClickException, UsageError
from click.exceptions import Abort, Exit
from rich.console import Console

from b2b.commands import check, policy

OK, REFUSED, WRONG_USE = 0, 2, 64  # sysexits.h calls 64 EX_USAGE

app = typer.Typer(
    name="python -m b2b",
    help="Keeps the whole life of Microsoft Entra B2B guests.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)
app.command("check")(check.check)
policies = typer.Typer(help="About policy.toml.", no_args_is_help=True)
policies.command("check")(policy.check)
app.add_typer(policies, name="policy")


def main(arguments: list[str] | None = None) -> int:
    """Exit codes: 0 done, 2 refused, 64 wrong use."""
    try:
        return int(app(arguments, standalone_mode=False) or OK)
    except UsageError as fault:
        fault.show()
        return WRONG_USE
    except ClickException as fault:
        fault.show()
        return REFUSED
    except Exit as end:
        return end.exit_code
    except Abort:
        Console(stderr=True).print("Stopped.")
        return 130
