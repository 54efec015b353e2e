"""`python -m bench`: reading, intake, onboarding and cold start, also in build/bench/bench.json."""

import asyncio
import json
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench import cold, csv_reader, intake, onboarding

OUT = Path(__file__).resolve().parent.parent / "build" / "bench" / "bench.json"


def main() -> None:
    console = Console()
    console.print("Cold start …")
    found: dict[str, Any] = {"cold_start": cold.measure()}
    console.print("Reading …")
    found["reading"] = csv_reader.measure((100_000, 1_000_000))
    console.print("Intake …")
    found["intake"] = asyncio.run(intake.measure((10_000, 100_000)))
    console.print("Onboarding …")
    found["onboarding"] = asyncio.run(onboarding.measure(1000))
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(found, indent=2) + "\n")
    console.print(_table("Cold worker: import function_app", [found["cold_start"]]))
    console.print(_table("A file read and judged, beside csv.reader alone", found["reading"]))
    console.print(_table("A file taken in", found["intake"]))
    console.print(_table("Guests onboarded, directory without quotas", [found["onboarding"]]))
    small, large = found["intake"]
    grown = large["peak_mb"] - small["peak_mb"]
    console.print(f"Ten times the rows took {grown:.1f} MB more memory. All figures: {OUT}")


def _table(title: str, rows: list[dict[str, float]]) -> Table:
    table = Table(*rows[0], title=title, title_justify="left")
    for row in rows:
        table.add_row(*(f"{value:,}" for value in row.values()))
    return table


main()
