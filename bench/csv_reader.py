"""How many rows a second the reader takes in, beside the csv module alone on the same file.

Each measurement runs in a process of its own, so that peak memory is that of one reading.
Rates are by CPU time: other work on the machine must not be counted.
"""

import argparse
import csv
import json
import multiprocessing
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import partial
from pathlib import Path

from b2b.domain.policy import Policy
from b2b.domain.reading import Reading
from b2b.domain.request import BatchId, TenantId
from b2b.domain.upload import ReadingRules, Upload, survey
from b2b.domain.verdict import Court
from b2b.policy_file import read_policy
from bench.memory import peak_mb

SIZES = (10_000, 100_000, 1_000_000)
CHUNK = 1024 * 1024
POLICY = Path(__file__).resolve().parent.parent / "policy.example.toml"
RULES = ReadingRules(today=date(2026, 11, 23), own_domains=frozenset({"contoso.com"}))
HEADER = (
    "email,displayName,companyName,groups,sponsorEmail,expiresOn,language,message,sendInvitation"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--rows", type=int, nargs="*", default=SIZES)
    arguments = parser.parse_args()
    figures = measure(arguments.rows)
    if arguments.json:
        print(json.dumps(figures, indent=2))
        return
    print(f"{'rows':>10} {'csv rows/s':>12} {'reader rows/s':>14} {'times':>6} {'peak MiB':>9}")
    for one in figures:
        print(
            f"{one['rows']:>10,.0f} {one['csv_rows/s']:>12,.0f} "
            f"{one['our_rows/s']:>14,.0f} {one['times']:>6.1f} "
            f"{one['our_MiB']:>9.1f}"
        )


def measure(sizes: Sequence[int] = SIZES) -> list[dict[str, float]]:
    with tempfile.TemporaryDirectory() as folder:
        return [_measure(Path(folder) / f"{rows}.csv", rows) for rows in sizes]


def _measure(path: Path, rows: int) -> dict[str, float]:
    _write(path, rows)
    plain, plain_peak = _in_own_process(partial(_read_plainly, path), rows)
    ours, our_peak = _in_own_process(partial(_read, path), rows)
    size = path.stat().st_size
    path.unlink()
    return {
        "rows": rows,
        "MiB": round(size / 2**20, 1),
        "csv_rows/s": round(rows / plain),
        "our_rows/s": round(rows / ours),
        "times": round(ours / plain, 1),
        "csv_MiB": round(plain_peak, 1),
        "our_MiB": round(our_peak, 1),
    }


def _write(path: Path, rows: int) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(HEADER + "\r\n")
        for n in range(rows):
            file.write(
                f'guest.{n}@partner{n % 500}.fabrikam.com,"Guest, No {n}",Partner {n % 500},'
                f'"Partner-Aurora;Partner-Finance-Read",sponsor{n % 90}@contoso.com,'
                f"2027-{n % 12 + 1:02d}-15,de-DE,,true\r\n"
            )


def _read_plainly(path: Path) -> int:
    with path.open(encoding="utf-8", newline="") as file:
        return sum(1 for _ in csv.reader(file)) - 1


def _read(path: Path) -> int:
    """The path of `b2b check`: read, and judged by a policy."""
    source = partial(_chunks, path)
    upload = survey(source, RULES)
    if not isinstance(upload, Upload):
        raise SystemExit(f"the file was refused: {upload.reason}")
    policy = read_policy(POLICY.read_bytes(), "bench")
    if not isinstance(policy, Policy):
        raise SystemExit(str(policy))
    court = Court(policy, RULES.today, TenantId("bench"), BatchId(upload.digest[:32]))
    return sum(1 for _ in Reading(source, upload, RULES, court).verdicts())


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def _in_own_process(work: Callable[[], int], rows: int) -> tuple[float, float]:
    """CPU seconds and peak memory in MiB."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        found, seconds, peak = pool.apply(_timed, (work,))
    if found != rows:
        raise SystemExit(f"{found} rows read of {rows}")
    return seconds, peak


def _timed(work: Callable[[], int]) -> tuple[int, float, float]:
    start = time.process_time()
    found = work()
    seconds = time.process_time() - start
    return found, seconds, peak_mb()


if __name__ == "__main__":
    main()
