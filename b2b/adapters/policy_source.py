"""The policy in force, read again when its blob has changed, at most once a minute."""

import logging
from asyncio import to_thread
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.storage.blob.aio import BlobServiceClient

from b2b import events
from b2b.adapters.azure_errors import in_our_words
from b2b.domain.errors import Refused
from b2b.domain.policy import Policy
from b2b.domain.reason import Reason
from b2b.policy_file import PolicyFaults, read_policy
from b2b.ports import Files, Written

log = logging.getLogger(__name__)

CONTAINER, NAME = "config", "policy.toml"
LOOK_AGAIN = timedelta(minutes=1)
_NEVER = Reason("policy_missing", f"There is no policy: put one at {CONTAINER}/{NAME}.")
WRITER = "writtenBy"  # metadata of the blob; an upload by other means drops it


class BlobPolicyFile:
    """The blob itself, for the command line: who wrote its present version."""

    def __init__(self, service: BlobServiceClient) -> None:
        self._service = service

    async def written(self) -> Written:
        blob = self._service.get_blob_client(CONTAINER, NAME)
        with in_our_words("storage"):
            try:
                found = await blob.get_blob_properties()
            except ResourceNotFoundError:
                raise Refused(_NEVER) from None
        names = {name.casefold(): value for name, value in (found.metadata or {}).items()}
        return Written(names.get(WRITER.casefold(), ""), _plain(str(found.etag)))

    async def upload(self, content: bytes, by: str) -> None:
        with in_our_words("storage"):
            with suppress(ResourceExistsError):
                await self._service.create_container(CONTAINER)
            blob = self._service.get_blob_client(CONTAINER, NAME)
            await blob.upload_blob(content, overwrite=True, metadata={WRITER: by})


@dataclass(slots=True)
class PolicySource:
    """Never answers an older policy in place of a faulty one: it refuses with the faults."""

    files: Files
    clock: Callable[[], datetime]
    _version: str = ""
    _policy: Policy | Reason = _NEVER
    _looked: datetime | None = field(default=None)

    async def current(self) -> Policy:
        """Raises Refused `policy_missing` or `policy_faulty`; TryLater when storage is away."""
        if self._looked is None or self.clock() - self._looked >= LOOK_AGAIN:
            await self._look()
        if isinstance(self._policy, Reason):
            raise Refused(self._policy)
        return self._policy

    async def _look(self) -> None:
        try:
            content, version = await self.files.read(CONTAINER, NAME, self._version)
        except Refused:
            content, version = None, ""
            self._policy = _NEVER
        if content is not None:
            self._policy = await to_thread(_read, content, version)
        self._version = version
        # A refusal is looked at again at once: somebody is mending the file right now.
        self._looked = None if isinstance(self._policy, Reason) else self.clock()


def _plain(etag: str) -> str:
    return etag.strip('"')


def _read(content: bytes, version: str) -> Policy | Reason:
    policy = read_policy(content, _plain(version))
    if isinstance(policy, PolicyFaults):
        log.error(events.POLICY_FAULTY, extra={"faults": len(policy.faults), "version": version})
        return policy.reason()
    log.info(events.POLICY_LOADED, extra={"version": version, "partners": len(policy.partners)})
    return policy
