"""The command line: each command is a module, and this is the list of them."""

import typer
from typer import TyperException

from b2b.commands import (
    activity,
    approve,
    census,
    check,
    history,
    ledger,
    mails,
    plan,
    policy,
    release,
    resend,
    retry,
    stays,
    sweep,
    tenant,
    tenant_check,
)
from b2b.commands.terminal import Console

OK, REFUSED, WRONG_USE, STOPPED = 0, 2, 64, 130  # sysexits.h calls 64 EX_USAGE

app = typer.Typer(
    name="python -m b2b",
    help="Keeps the whole life of Microsoft Entra B2B guests.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)
app.command("check")(check.check)
app.command("retry")(retry.retry)
app.command("release")(release.release)
app.command("plan")(plan.plan)
app.command("approve")(approve.approve)
app.command("adopt")(stays.adopt)
app.command("renew")(stays.renew)
app.command("end")(stays.end)
app.command("restore")(stays.restore)
app.command("undo")(stays.undo)
app.command("history")(history.history)
app.command("census")(census.census)
app.command("activity")(activity.activity)
app.command("mails")(mails.mails)
app.command("resend")(resend.resend)
policies = typer.Typer(help="About policy.toml.", no_args_is_help=True)
policies.command("check")(policy.check)
policies.command("upload")(policy.upload)
app.add_typer(policies, name="policy")
sweeps = typer.Typer(help="The nightly sweep.", no_args_is_help=True)
sweeps.command("run")(sweep.run)
app.add_typer(sweeps, name="sweep")
tenant.tenant.command("check")(tenant_check.check)
app.add_typer(tenant.tenant, name="tenant")
ledgers = typer.Typer(help="Copies of the ledger.", no_args_is_help=True)
ledgers.command("snapshot")(ledger.snapshot)
ledgers.command("restore")(ledger.restore)
ledgers.command("list")(ledger.listing)
app.add_typer(ledgers, name="ledger")


def main(arguments: list[str] | None = None) -> int:
    """Exit codes: 0 done, 2 refused, 64 wrong use."""
    try:
        return int(app(arguments, standalone_mode=False) or OK)
    except TyperException as fault:  # the words of the command are off
        Console(stderr=True).print(f"{fault}\nTry --help.", highlight=False, markup=False)
        return WRONG_USE
    except typer.Exit as end:
        return end.exit_code
    except typer.Abort:
        Console(stderr=True).print("Stopped.")
        return STOPPED
