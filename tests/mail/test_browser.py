"""Mails in a real browser: read aloud well, in both colour schemes, on a telephone, and quietly."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Request, async_playwright

from b2b.adapters.stationery.words import LANGUAGES
from b2b.domain.mail import MailKind
from tests.mail.examples import a_letter, written

CHROMIUM = Path("/usr/bin/chromium")
ALL = [
    *((language, MailKind.INVITATION) for language in LANGUAGES),
    *((language, MailKind.GUESTS_END_SOON) for language in LANGUAGES if language != "en"),
    *(("en", kind) for kind in MailKind if kind is not MailKind.INVITATION),
    ("ja", MailKind.DIGEST),
]
# Landmarks are the mail program's: a mail is an article within its page.
FOR_MAILS = {"rules": {"region": {"enabled": False}, "landmark-one-main": {"enabled": False}}}

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="there is no Chromium at /usr/bin/chromium"),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        await opened.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_mails_are_accessible_narrow_and_ask_nobody(browser: Browser, scheme: str) -> None:
    asked: list[Request] = []

    def note(request: Request) -> None:  # the library takes no method of a list
        asked.append(request)

    page = await browser.new_page(
        color_scheme="dark" if scheme == "dark" else "light",
        viewport={"width": 320, "height": 800},
    )
    page.on("request", note)
    for language, kind in ALL:
        _, mail = await written(a_letter(kind, language))
        await page.set_content(mail.html)
        found = await Axe().run(page, options=FOR_MAILS)
        wide = await page.evaluate("document.documentElement.scrollWidth")
        background = await page.evaluate("getComputedStyle(document.body).backgroundColor")

        assert found.violations_count == 0, f"{language} {kind} {scheme}: {found.generate_report()}"
        assert wide <= 320, (language, kind)
        assert await page.evaluate("document.documentElement.lang") == language
        assert background == ("rgb(22, 25, 29)" if scheme == "dark" else "rgb(242, 244, 247)")
    await page.close()

    assert asked == []
