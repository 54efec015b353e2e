"""What every policy file promises: the fake, and a blob through Azurite."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import pytest_asyncio
from azure.storage.blob.aio import BlobServiceClient

from b2b.adapters.policy_source import CONTAINER, NAME, BlobPolicyFile
from b2b.domain.policy import Policy
from b2b.ports import PolicyFile
from tests.fakes.policy import FakePolicy, FakePolicyFile


class PolicyFileContract:
    async def test_the_writer_is_known_of_each_version(self, policy_file: PolicyFile) -> None:
        writers = [str(uuid4()) for _ in range(2)]
        seen = []
        for writer in writers:
            await policy_file.upload(f"# {writer}".encode(), writer)
            seen.append(await policy_file.written())

        assert [written.by for written in seen] == writers
        assert len({written.version for written in seen}) == 2
        assert not any('"' in written.version for written in seen)


class TestFakePolicyFile(PolicyFileContract):
    @pytest.fixture
    def policy_file(self) -> PolicyFile:
        return FakePolicyFile(FakePolicy(Policy(version="v1", own_domains=(), partners=())))


class TestBlobPolicyFile(PolicyFileContract):
    @pytest_asyncio.fixture
    async def policy_file(self, storage: str) -> AsyncIterator[PolicyFile]:
        async with BlobServiceClient.from_connection_string(storage) as service:
            yield BlobPolicyFile(service)

    async def test_an_upload_by_other_means_has_no_writer(
        self, policy_file: PolicyFile, storage: str
    ) -> None:
        await policy_file.upload(b"# ours", str(uuid4()))
        async with BlobServiceClient.from_connection_string(storage) as service:
            await service.get_blob_client(CONTAINER, NAME).upload_blob(b"# by az", overwrite=True)

        assert (await policy_file.written()).by == ""
