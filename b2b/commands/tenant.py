"""`python -m b2b tenant plan, apply`: the tenant brought to the policy, by an administrator."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from b2b.commands.house import LATER, REFUSED, WRONG_USE, environment
from b2b.commands.policy import policy_or_exit
from b2b.commands.terminal import Console, escape
from b2b.domain.errors import Refused, TryLater
from b2b.domain.policy import Policy
from b2b.domain.tenant import Plan, SignIn, diff_of, title_of
from b2b.flows.tenant_plan import Ending, Step, TenantPlan
from b2b.settings import Administration, SettingsFaulty

T = TypeVar("T")
COLOURS = {"+": "green", "-": "red", "!": "yellow", "@": "cyan"}
MARKS = {
    Ending.DONE: "[green]done[/]",
    Ending.ALREADY: "[green]already so[/]",
    Ending.CHANGED: "[yellow]not done[/]: somebody changed it meanwhile; plan again",
    Ending.REFUSED: "[red]refused[/]",
}

tenant = typer.Typer(help="About the tenant itself.", no_args_is_help=True)
File = Annotated[
    Path | None,
    typer.Option("--policy", help="Else policy.toml here, else the example.", dir_okay=False),
]
How = Annotated[
    SignIn,
    typer.Option(
        "--sign-in",
        help="Yours: in a browser, with a code on another device, or that of the Azure CLI.",
    ),
]
Client = Annotated[
    str, typer.Option("--client-id", help="An application of yours to sign in to, for Graph.")
]
Widen = Annotated[
    bool, typer.Option("--widen", help="Also admit partners' domains that are shut out today.")
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


@tenant.command("plan")
def plan(
    file: File = None, how: How = SignIn.BROWSER, client: Client = "", widen: Widen = False
) -> int:
    """Show what the policy's posture would change about the tenant, like a diff. Changes nothing.

    Exit code 2: something could not be looked at, or the policy asks for what must not be done.
    """
    policy = policy_or_exit(file)

    async def act() -> int:
        planning = await _planning(policy, how, client, widen=widen)
        return _shown(await planning.foresee(), Console(soft_wrap=True))

    return _told(act)


@tenant.command("apply")
def apply(
    file: File = None,
    how: How = SignIn.BROWSER,
    client: Client = "",
    widen: Widen = False,
    yes: Yes = False,
) -> int:
    """Show the plan, ask, bring the tenant to it with your own sign-in, and show what is left.

    Exit code 2: something was refused, or could not be looked at.
    """
    policy = policy_or_exit(file)

    async def act() -> int:
        planning = await _planning(policy, how, client, writes=True, widen=widen)
        return await _applied(planning, Console(soft_wrap=True), yes=yes)

    return _told(act)


async def _planning(
    policy: Policy, how: SignIn, client: str, *, writes: bool = False, widen: bool = False
) -> TenantPlan:
    from b2b.wiring.tenant import tenant_plan  # brings the SDKs along

    settings = Administration.read(environment())
    today = datetime.now(UTC).date()
    return await tenant_plan(
        settings, policy, today, how, client=client, writes=writes, widen=widen
    )


async def _applied(planning: TenantPlan, console: Console, *, yes: bool) -> int:
    foreseen = await planning.foresee()
    code = _shown(foreseen, console)
    if not foreseen.changes:
        return code
    # The question stands between reading and writing: the event loop has nothing else to do.
    if not yes and not typer.confirm(f"Make these {len(foreseen.changes)} changes?"):
        console.print("Nothing was changed.")
        return REFUSED
    missed = 0
    async for step in planning.bring_about(foreseen):
        _tell(step, console)
        missed += step.ending in (Ending.CHANGED, Ending.REFUSED)
    console.print("\nThe tenant now:")
    return max(_shown(await planning.foresee(), console), REFUSED if missed else 0)


def _tell(step: Step, console: Console) -> None:
    why = f": {step.sentence}" if step.sentence else ""
    told = f"{title_of(step.change)}{why}"
    console.print(f"{MARKS[step.ending]}  {escape(told)}", highlight=False)


def _shown(plan: Plan, console: Console) -> int:
    for line in diff_of(plan):
        console.print(f"[{COLOURS[line[0]]}]{escape(line)}[/]", highlight=False)
    count = len(plan.changes)
    words = f"{count} change{'s' if count != 1 else ''} to make" if count else "Nothing to change"
    looked = "" if plan.complete else "; look at the lines with ! first"
    console.print(f"{escape(words + looked)}.", highlight=False)
    return 0 if plan.complete else REFUSED


def _told(act: Callable[[], Coroutine[Any, Any, T]]) -> T:
    from b2b.wiring import quiet

    quiet()
    errors = Console(stderr=True, soft_wrap=True)

    try:
        return asyncio.run(act())
    except SettingsFaulty as faults:
        sentence, code = str(faults), WRONG_USE
    except Refused as refusal:
        sentence, code = refusal.reason.sentence, REFUSED
    except TryLater as wait:
        sentence, code = f"Not now: {wait.reason.sentence} Plan again later.", LATER
    errors.print(sentence, markup=False, highlight=False)
    raise typer.Exit(code)
