"""The census' report in a real browser: quiet, self-contained, usable without a mouse."""

import json
import shutil
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, async_playwright

from b2b.domain.finding import Severity
from tests.census.tenant import HOSTILE, Scene, fill, scene

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed"),
]
GRAVE = ("serious", "critical")
NARROW, WIDE = {"width": 360, "height": 800}, {"width": 1280, "height": 900}


class Visit:
    """A page that was opened, and everything it did that it should not."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address
        self.complaints: list[str] = []
        self.requests: list[str] = []
        page.on("console", lambda said: self.complaints.append(said.text))
        page.on("pageerror", lambda fault: self.complaints.append(str(fault)))
        page.on("dialog", lambda box: self.complaints.append(f"dialog {box.message}"))
        page.on("request", lambda asked: self.requests.append(asked.url))

    async def open(self) -> "Visit":
        await self.page.goto(self.address)
        return self

    @property
    def strangers(self) -> list[str]:
        return [url for url in self.requests if url not in (self.address, "data:,")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of the tenant with hostile names, and with more guests than need no filter."""
    folder: Path = tmp_path_factory.mktemp("report")
    async with scene(page=999) as now:
        fill(now)
        for number in range(40):
            now.promised(f"over-{number:02d}@fabrikam.example", -number, seen=number)
        remember(now)
        assert await now.run()
        (folder / "report.html").write_text(now.text("report.html"), encoding="utf-8")
    return folder / "report.html"


def remember(now: Scene) -> None:
    """Earlier censuses for the trend, and a posture with a check of each ending."""
    for ago in range(1, 40):
        counts = {"counts": {"guests": 57 - ago, "accepted": 40, "managed": 30}}
        name = f"census/{now.today - timedelta(days=ago)}/census.json"
        now.files.put("reports", name, json.dumps(counts).encode())
    checks = [
        {
            **{"id": f"{status}-{severity}", "status": status, "severity": severity},
            **{"title": f"A check that {status}", "found": HOSTILE, "why": "It matters."},
            **{"remedy": "Mend it.", "link": "https://learn.microsoft.com/entra"},
        }
        for status in ("failed", "unclear", "not_checked", "passed")
        for severity in Severity
    ]
    posture = json.dumps({"checks": checks}).encode()
    now.files.put("reports", f"posture/{now.today}/posture.json", posture)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as driver:
        # In containers Chromium's own sandbox is often not allowed; the page is ours.
        running = await driver.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox"], timeout=120_000
        )
        yield running
        await running.close()


async def visited(browser: Browser, report: Path, **how: Any) -> Visit:
    context = await browser.new_context(**({"viewport": WIDE} | how))
    context.set_default_timeout(120_000)
    return await Visit(await context.new_page(), report.as_uri()).open()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_page_is_quiet_and_asks_for_nothing(
    browser: Browser, report: Path, scheme: str
) -> None:
    visit = await visited(browser, report, color_scheme=scheme)

    assert visit.complaints == []
    assert visit.strangers == []
    assert visit.requests[0] == visit.address


async def test_a_script_that_the_page_does_not_name_would_not_run(
    browser: Browser, report: Path, tmp_path: Path
) -> None:
    """The proof that the policy of the page is in force, and that the test above would notice."""
    stranger = '<script>document.title = "ran"</script><img src="https://evil.example/x.png">'
    visit = await visited(browser, with_more(report, stranger, tmp_path))

    assert await visit.page.title() != "ran"
    assert len(visit.complaints) == 2


@pytest.mark.parametrize(("scheme", "size"), [("light", WIDE), ("dark", NARROW)])
async def test_axe_finds_no_serious_fault(
    browser: Browser, report: Path, scheme: str, size: Any
) -> None:
    visit = await visited(browser, report, color_scheme=scheme, viewport=size, bypass_csp=True)
    await visit.page.evaluate(
        "for (const one of document.querySelectorAll('details')) one.open = 1"
    )

    found = (await Axe().run(visit.page)).response

    grave = [one for one in found["violations"] if one["impact"] in GRAVE]
    told = [f"{one['id']}: {one['nodes'][0]['html']}" for one in grave]
    assert told == []
    assert len(found["passes"]) > 20
    assert await visit.page.locator(".chart").count() == 2
    assert await visit.page.locator("#posture article:visible").count() == 20


async def test_axe_would_notice(browser: Browser, report: Path) -> None:
    visit = await visited(browser, report, bypass_csp=True)
    await visit.page.evaluate("document.querySelector('.note').style.color = '#eee'")

    found = (await Axe().run(visit.page)).response

    assert "color-contrast" in {one["id"] for one in found["violations"]}


async def test_tables_sort_by_keyboard(browser: Browser, report: Path) -> None:
    page = (await visited(browser, report)).page
    head = page.locator("#domains thead th", has_text="Guests")
    button = head.locator("button")
    assert await head.get_attribute("aria-sort") == "none"

    await button.focus()
    await page.keyboard.press("Enter")
    upward = await numbers(page, "#domains", 3)
    assert await head.get_attribute("aria-sort") == "ascending"

    await page.keyboard.press("Space")
    downward = await numbers(page, "#domains", 3)
    assert await head.get_attribute("aria-sort") == "descending"

    assert len(upward) == 5
    assert upward == sorted(upward) != downward
    assert downward == sorted(upward, reverse=True)
    assert "Sorted by Guests" in await page.locator("#said").inner_text()


async def test_days_and_words_sort_as_such(browser: Browser, report: Path) -> None:
    page = (await visited(browser, report)).page

    await page.locator("#attention thead button", has_text="Stay ends").click()
    ends = await page.locator("#attention tbody td:last-child").all_inner_texts()
    await page.locator("#attention thead button", has_text="Guest").click()
    upward = await page.locator("#attention tbody th").all_inner_texts()
    await page.locator("#attention thead button", has_text="Guest").click()
    downward = await page.locator("#attention tbody th").all_inner_texts()

    dated = [end for end in ends if end != "no end"]
    assert ends[: len(dated)] == dated  # no end comes last
    assert upward == list(reversed(downward))
    assert upward.index("over-09\nover-09@fabrikam.example") < upward.index(
        "over-10\nover-10@fabrikam.example"
    )


async def test_tables_filter_by_keyboard(browser: Browser, report: Path) -> None:
    page = (await visited(browser, report)).page
    field = page.get_by_label("Filter guests")
    everybody = await page.locator("#attention tbody tr:visible").count()

    await field.focus()
    await page.keyboard.type("over-07 ended")
    shown = await page.locator("#attention tbody tr:visible .mail").all_inner_texts()
    count = await page.locator("#attention .filter .count").inner_text()
    await field.fill("")

    assert shown == ["over-07@fabrikam.example"]
    assert count == f"1 of {everybody} shown"
    assert await page.locator("#attention tbody tr:visible").count() == everybody


async def test_hostile_names_are_shown_as_they_are(browser: Browser, report: Path) -> None:
    visit = await visited(browser, report)

    names = await visit.page.locator("#attention .who").all_inner_texts()

    assert HOSTILE in names
    assert visit.complaints == []


async def test_the_page_can_be_walked_through_by_keyboard(browser: Browser, report: Path) -> None:
    page = (await visited(browser, report)).page

    await page.keyboard.press("Tab")
    first = await page.evaluate("document.activeElement.className")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    landed = await page.evaluate("document.activeElement.closest('main') !== null")

    assert first == "skip"
    assert landed


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
async def test_nothing_runs_over_the_edge(browser: Browser, report: Path, size: Any) -> None:
    page = (await visited(browser, report, viewport=size)).page

    assert await page.evaluate("document.documentElement.scrollWidth") <= size["width"]


async def test_the_page_prints_whole_and_on_white(
    browser: Browser, report: Path, tmp_path: Path
) -> None:
    page = (await visited(browser, report, color_scheme="dark")).page
    await page.emulate_media(media="print")

    ground = await page.evaluate("getComputedStyle(document.body).backgroundColor")
    hidden = await page.locator(".jump").is_hidden()
    clipped = await page.evaluate(
        "[...document.querySelectorAll('.tall')].filter(e => e.scrollHeight > e.clientHeight + 1)"
        ".length"
    )
    passed = page.locator("#posture article", has_text="A check that passed")
    folded = await passed.last.evaluate("e => e.checkVisibility({contentVisibilityAuto: true})")
    pdf = await page.pdf(path=tmp_path / "report.pdf")

    assert ground == "rgb(255, 255, 255)"
    assert hidden
    assert clipped == 0
    assert folded, "what is folded away on the screen is printed"
    assert pdf.startswith(b"%PDF")


async def test_tables_stay_inside_their_cards_on_paper(browser: Browser, report: Path) -> None:
    paper = {"width": 688, "height": 1000}  # A4 within the margins of the page, in pixels
    page = (await visited(browser, report, viewport=paper)).page
    await page.emulate_media(media="print")

    outside = await page.evaluate(
        "[...document.querySelectorAll('.card table')].filter(one =>"
        " one.getBoundingClientRect().right > one.closest('.card').getBoundingClientRect().right)"
        ".map(one => one.caption.textContent)"
    )

    assert outside == []


async def test_the_first_lines_say_what_failed_in_the_tenant_too(
    browser: Browser, report: Path
) -> None:
    page = (await visited(browser, report)).page

    told = await page.locator(".headline").inner_text()
    await page.get_by_role("link", name="3 checks of the tenant failed").click()

    assert "findings need attention, 3 checks of the tenant failed." in told
    assert page.url.endswith("#posture")


async def test_colours_follow_the_system(browser: Browser, report: Path) -> None:
    grounds = set()
    for scheme in ("light", "dark"):
        page = (await visited(browser, report, color_scheme=scheme)).page
        grounds.add(await page.evaluate("getComputedStyle(document.body).backgroundColor"))

    assert len(grounds) == 2


async def test_without_script_everything_can_still_be_read(browser: Browser, report: Path) -> None:
    page = (await visited(browser, report, java_script_enabled=False)).page

    assert await page.locator("#attention tbody tr").count() > 40
    assert await page.locator("#attention thead button").count() == 0


def with_more(report: Path, more: str, folder: Path) -> Path:
    changed = folder / "changed.html"
    page = report.read_text(encoding="utf-8").replace("</main>", f"{more}</main>")
    changed.write_text(page, encoding="utf-8")
    return changed


async def numbers(page: Page, part: str, column: int) -> list[int]:
    cells = page.locator(f"{part} tbody tr > :nth-child({column})")
    return [int(text.replace(",", "")) for text in await cells.all_inner_texts()]
