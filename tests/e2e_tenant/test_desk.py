"""The made-up tenant that people try the commands on."""

import asyncio
import subprocess
import sys

from sandbox.processes import dying_with_parent
from tests.e2e_tenant.scene import ROOT


async def test_the_lines_that_it_prints_lead_a_command_there() -> None:
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "sandbox", "tenant"),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        preexec_fn=dying_with_parent(),
    )
    assert child.stdout is not None
    lines = []
    try:
        async with asyncio.timeout(100):
            while not (line := (await child.stdout.readline()).decode()).startswith("export PATH"):
                assert line, "it ended before it was ready"
                lines.append(line)
        how = "--sign-in az --policy policy.example.toml"
        plan, apply = (f"{sys.executable} -m b2b tenant {word} {how}" for word in ("plan", "apply"))
        said = await asyncio.to_thread(
            subprocess.run,
            ["/bin/sh", "-c", f"{''.join(lines)}{line}\n{plan} && {apply} --yes && {plan}"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=200,
        )
    finally:
        child.terminate()
        await child.wait()

    assert said.returncode == 0, said.stderr
    assert "+ group Partner-Finance-Read" in said.stdout
    assert '+ review "Guestkeeper: guests in Partner-Aurora"' in said.stdout
    assert said.stdout.endswith("\nNothing to change.\n")
