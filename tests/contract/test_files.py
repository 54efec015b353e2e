"""What every store of files promises: the fake, and blobs through Azurite."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import pytest_asyncio
from azure.storage.blob.aio import BlobServiceClient

from b2b.adapters.blobs import IN_MEMORY, BlobFiles
from b2b.domain.errors import Refused, TryLater
from b2b.ports import Files
from tests.fakes.files import FakeFiles
from tests.fakes.footing import Footing


class Broken(Exception):
    pass


async def pieces(*contents: bytes, broken: bool = False) -> AsyncIterator[bytes]:
    for content in contents:
        yield content
    if broken:
        raise Broken


class FilesContract:
    @pytest.fixture
    def container(self) -> str:
        return f"c{uuid4().hex}"

    async def test_a_file_is_read_as_it_was_written(self, files: Files, container: str) -> None:
        await files.write(container, "2026/Gäste #1.csv", pieces(b"email\r\n", b"", b"\xff\x00"))
        async with files.open(container, "2026/Gäste #1.csv") as file:
            content = b"".join(file.chunks())

        assert content == b"email\r\n\xff\x00"
        assert file.size == 9

    async def test_a_file_can_be_read_from_the_start_as_often_as_wanted(
        self, files: Files, container: str
    ) -> None:
        await files.write(container, "a", pieces(b"0123456789" * 1000))
        async with files.open(container, "a") as file:
            next(iter(file.chunks()))
            again = [b"".join(file.chunks()) for _ in range(2)]

        assert again == [b"0123456789" * 1000] * 2

    async def test_a_large_file_is_whole(self, files: Files, container: str) -> None:
        content = b"0123456789abcdef" * (3 * IN_MEMORY // 16 + 1)
        await files.write(container, "a", pieces(content[:1000], content[1000:]))
        async with files.open(container, "a") as file:
            found = b"".join(file.chunks())

        assert found == content
        assert file.size == len(content)

    async def test_an_empty_file_has_no_bytes(self, files: Files, container: str) -> None:
        await files.write(container, "a", pieces())
        async with files.open(container, "a") as file:
            assert (file.size, list(file.chunks())) == (0, [])

    async def test_a_file_that_is_gone_is_refused(self, files: Files, container: str) -> None:
        with pytest.raises(Refused) as refusal:
            async with files.open(container, "gone"):
                pass

        assert refusal.value.reason.code == "upload_gone"

    async def test_the_version_is_the_one_in_the_list_and_changes_with_the_file(
        self, files: Files, container: str
    ) -> None:
        versions = []
        for content in (b"one", b"two"):
            await files.write(container, "a", pieces(content))
            async with files.open(container, "a") as file:
                versions.append(file.version)
            assert await files.names(container) == [("a", file.version)]

        assert len(set(versions)) == 2

    async def test_a_file_written_again_is_replaced(self, files: Files, container: str) -> None:
        await files.write(container, "a", pieces(b"a long one"))
        await files.write(container, "a", pieces(b"short"))
        content, _ = await files.read(container, "a")

        assert content == b"short"

    async def test_what_breaks_while_it_is_written_leaves_the_older(
        self, files: Files, container: str
    ) -> None:
        await files.write(container, "a", pieces(b"whole"))
        with pytest.raises(Broken):
            await files.write(container, "a", pieces(b"half", broken=True))
        content, _ = await files.read(container, "a")

        assert content == b"whole"

    async def test_a_file_known_already_is_not_read_again(
        self, files: Files, container: str
    ) -> None:
        await files.write(container, "a", pieces(b"one"))
        _, version = await files.read(container, "a")
        again = await files.read(container, "a", version)
        await files.write(container, "a", pieces(b"two"))
        changed, newer = await files.read(container, "a", version)

        assert again == (None, version)
        assert changed == b"two"
        assert newer != version

    async def test_reading_what_is_not_there_is_refused(self, files: Files, container: str) -> None:
        with pytest.raises(Refused):
            await files.read(container, "a")
        with pytest.raises(Refused):
            await files.read(container, "a", '"0x8D"')

    async def test_a_new_version_goes_only_over_the_one_that_was_read(
        self, files: Files, container: str
    ) -> None:
        await files.replace(container, "a", "", pieces(b"one"))
        async with files.open(container, "a") as file:
            await files.replace(container, "a", file.version, pieces(b"two"))
            with pytest.raises(TryLater) as late:
                await files.replace(container, "a", file.version, pieces(b"three"))
        content, version = await files.read(container, "a")
        await files.replace(container, "a", version, pieces(b"four"))

        assert late.value.reason.code == "changed_meanwhile"
        assert content == b"two"
        assert (await files.read(container, "a"))[0] == b"four"

    async def test_the_first_version_goes_over_none(self, files: Files, container: str) -> None:
        await files.replace(container, "a", "", pieces(b"one"))
        with pytest.raises(TryLater) as late:
            await files.replace(container, "a", "", pieces(b"two"))

        assert late.value.reason.code == "changed_meanwhile"
        assert (await files.read(container, "a"))[0] == b"one"

    async def test_a_removed_file_is_gone_and_may_be_removed_again(
        self, files: Files, container: str
    ) -> None:
        await files.write(container, "a", pieces(b"one"))
        for _ in range(2):
            await files.remove(container, "a")

        assert await files.names(container) == []

    async def test_a_container_that_does_not_exist_holds_nothing(
        self, files: Files, container: str
    ) -> None:
        assert await files.names(container) == []

    async def test_every_name_of_a_container_and_of_no_other_is_told(
        self, files: Files, container: str
    ) -> None:
        await files.write(f"{container}x", "elsewhere", pieces(b""))
        for name in ("b", "a/b", "ä.csv"):
            await files.write(container, name, pieces(b""))

        assert {name for name, _ in await files.names(container)} == {"b", "a/b", "ä.csv"}


class TestFakeFiles(FilesContract):
    @pytest.fixture
    def files(self) -> Files:
        return FakeFiles(Footing())


class TestBlobFiles(FilesContract):
    @pytest_asyncio.fixture
    async def files(self, storage: str) -> AsyncIterator[Files]:
        async with BlobServiceClient.from_connection_string(storage) as service:
            yield BlobFiles(service)

    async def test_a_file_known_already_is_not_read_again(
        self, files: Files, container: str
    ) -> None:
        await super().test_a_file_known_already_is_not_read_again(files, container)

    async def test_two_may_be_the_first_to_write_to_a_container(
        self, files: Files, container: str
    ) -> None:
        await asyncio.gather(*(files.write(container, f"{n}", pieces(b"x")) for n in range(5)))

        assert len(await files.names(container)) == 5
