"""The policy in force is the one in the file, never an older one."""

from datetime import timedelta

import pytest

from b2b.adapters.policy_source import LOOK_AGAIN, PolicySource
from b2b.domain.errors import Refused
from tests.fakes.clock import FakeClock
from tests.fakes.files import FakeFiles
from tests.fakes.footing import Footing

SOUND = """\
own_domains = ["contoso.com"]
[[partners]]
name = "Fabrikam"
domains = ["fabrikam.com"]
"""


class Scene:
    def __init__(self) -> None:
        self.clock, self.files = FakeClock(), FakeFiles(Footing())
        self.source = PolicySource(self.files, self.clock)

    def write(self, text: str) -> None:
        self.files.put("config", "policy.toml", text.encode())

    async def partner(self) -> str:
        return (await self.source.current()).partners[0].name

    async def refusal(self) -> str:
        with pytest.raises(Refused) as refusal:
            await self.source.current()
        return refusal.value.reason.code


async def test_the_policy_is_read_from_its_file_with_its_version() -> None:
    scene = Scene()
    scene.write(SOUND)
    policy = await scene.source.current()

    assert policy.partners[0].name == "Fabrikam"
    assert policy.version == scene.files.blobs["config", "policy.toml"][1]


async def test_a_missing_policy_is_refused_and_taken_as_soon_as_it_is_there() -> None:
    scene = Scene()
    before = await scene.refusal()
    scene.write(SOUND)

    assert before == "policy_missing"
    assert await scene.partner() == "Fabrikam"


async def test_a_faulty_policy_is_refused_with_its_faults_and_taken_once_mended() -> None:
    scene = Scene()
    scene.write(SOUND + "colour = 3\n")
    with pytest.raises(Refused) as refusal:
        await scene.source.current()
    again = await scene.refusal()
    scene.write(SOUND)

    assert (refusal.value.reason.code, again) == ("policy_faulty", "policy_faulty")
    assert "colour" in refusal.value.reason.sentence
    assert await scene.partner() == "Fabrikam"


async def test_the_reason_of_a_policy_full_of_faults_fits_into_the_ledger() -> None:
    scene = Scene()
    scene.write('own_domains = ["contoso.com"]\n' + "[[partners]]\nname = 1\n" * 5000)
    with pytest.raises(Refused) as refusal:
        await scene.source.current()

    sentence = refusal.value.reason.sentence
    assert len(sentence) < 32_768 / 2  # a character may take two places
    assert "line 3" in sentence
    assert "more" in sentence
    assert "\n" not in sentence


@pytest.mark.parametrize("waited", [timedelta(0), LOOK_AGAIN - timedelta(seconds=1)])
async def test_within_a_minute_nobody_looks_again(waited: timedelta) -> None:
    scene = Scene()
    scene.write(SOUND)
    await scene.partner()
    scene.write(SOUND.replace("Fabrikam", "Litware"))
    scene.clock.advance(waited)

    assert await scene.partner() == "Fabrikam"


async def test_after_a_minute_the_newer_policy_is_in_force() -> None:
    scene = Scene()
    scene.write(SOUND)
    await scene.partner()
    scene.write(SOUND.replace("Fabrikam", "Litware"))
    scene.clock.advance(LOOK_AGAIN)

    assert await scene.partner() == "Litware"


async def test_an_unchanged_policy_stays_in_force() -> None:
    scene = Scene()
    scene.write(SOUND)
    for _ in range(3):
        await scene.partner()
        scene.clock.advance(LOOK_AGAIN)

    assert await scene.partner() == "Fabrikam"


@pytest.mark.parametrize("text", [None, "not toml", SOUND + "colour = 3\n"])
async def test_an_older_policy_never_stands_in_for_a_broken_one(text: str | None) -> None:
    scene = Scene()
    scene.write(SOUND)
    await scene.partner()
    if text is None:
        scene.files.blobs.clear()
    else:
        scene.write(text)
    scene.clock.advance(LOOK_AGAIN)

    assert await scene.refusal() in ("policy_missing", "policy_faulty")
