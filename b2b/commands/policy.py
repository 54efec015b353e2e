"""`python -m b2b policy check, upload`: every fault of a policy at once; a policy put in force."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from b2b.commands.house import environment, in_house
from b2b.commands.terminal import Console, Table, escape, print_plain
from b2b.domain.policy import Policy, UserType
from b2b.domain.request import Delivery
from b2b.policy_file import PolicyFaults, read_policy

if TYPE_CHECKING:
    from b2b.wiring import House

USUAL = (Path("policy.toml"), Path("policy.example.toml"))
REFUSED, WRONG_USE = 2, 64


def check(
    file: Annotated[
        Path | None,
        typer.Argument(help="Else policy.toml here, else policy.example.toml.", dir_okay=False),
    ] = None,
) -> int:
    """Say whether a policy would be accepted, and if not, everything that is wrong with it."""
    path = _path(file)
    read = read_policy(path.read_bytes(), path.name)
    console = Console()
    if isinstance(read, PolicyFaults):
        console.print(_faults(read))
        console.print(f"[bold red]{len(read.faults)} faults:[/] the app would refuse all requests.")
        return REFUSED
    partners = ", ".join(partner.name for partner in read.partners)
    console.print(
        f"{escape(path)}: [green]no faults[/]. Partners: {escape(partners)}. "
        f"Mode: {escape(read.lifecycle.mode)}."
    )
    for note in _notes(read):
        console.print(f"[yellow]note[/] {escape(note)}", highlight=False)
    return 0


def upload(
    file: Annotated[Path, typer.Argument(help="A policy without faults.", dir_okay=False)],
) -> int:
    """Check a policy, put it in force, and record who wrote it (for second_person)."""
    path = _path(file)
    content = path.read_bytes()
    read = read_policy(content, path.name)
    if isinstance(read, PolicyFaults):
        Console(stderr=True).print(_faults(read))
        return REFUSED

    async def act(house: "House") -> str:
        from b2b.adapters.sign_in import operator_of  # brings the SDKs along

        writer = await operator_of(house.shared.credential)
        await house.shared.policy_file.upload(content, writer)
        return writer

    writer = in_house(act)
    print_plain(
        f"{path}: in force within a minute. Mode: {read.lifecycle.mode}. Written by {writer}."
    )
    return 0


def _notes(policy: Policy) -> Iterator[str]:
    """What is no fault, and is refused all the same when somebody asks for it."""
    mailed = [partner for partner in policy.partners if partner.delivery is Delivery.MAIL]
    names = ", ".join(partner.name for partner in mailed)
    if mailed and not has_mailbox():
        yield (
            f'{names}: delivery = "mail" needs the setting MAIL_FROM, which is not set here; '
            "without it such requests are refused (no_mailbox)."
        )
    for partner in mailed:
        if partner.user_type is UserType.MEMBER:
            yield (
                f"{partner.name}: invited members cannot be sent a mail of ours; such requests "
                "are refused (no_mail_for_members)."
            )


def has_mailbox() -> bool:
    """As far as it can be told from here: by the settings that other commands would take."""
    return bool(environment().get("MAIL_FROM"))


def policy_or_exit(file: Path | None) -> Policy:
    """Tells on standard error which policy was taken when none was named."""
    path, errors = _path(file), Console(stderr=True)
    if file is None:
        errors.print(f"policy: {escape(path)}", highlight=False)
    read = read_policy(path.read_bytes(), path.name)
    if isinstance(read, PolicyFaults):
        errors.print(_faults(read))
        raise typer.Exit(REFUSED)
    return read


def _path(file: Path | None) -> Path:
    candidates = (file,) if file else USUAL
    for path in candidates:
        if path.is_file():
            return path
    Console(stderr=True).print(f"No such file: {escape(' or '.join(map(str, candidates)))}")
    raise typer.Exit(WRONG_USE)


def _faults(read: PolicyFaults) -> Table:
    table = Table("line", "where", "expected", "found", title="Faults", title_justify="left")
    for fault in read.faults:
        where = f"{fault.table} {fault.key}"
        table.add_row(str(fault.line or ""), where, fault.expected, fault.found)
    return table
