"""What a timer remembers over restarts, where the real host keeps it."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime

from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.storage.blob.aio import ContainerClient

HOSTS = "azure-webjobs-hosts"
_NEVER = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Status:
    last: datetime
    next: datetime
    last_updated: datetime

    @classmethod
    def first(cls, next_run: datetime, now: datetime) -> "Status":
        return cls(_NEVER, next_run, now)

    @property
    def has_run(self) -> bool:
        return self.last != _NEVER

    def fields(self) -> dict[str, str]:
        return {
            "Last": self.last.isoformat(),
            "Next": self.next.isoformat(),
            "LastUpdated": self.last_updated.isoformat(),
        }


class Monitor:
    """The status blob of one timer."""

    def __init__(self, connection: str, host_id: str, function: str) -> None:
        self._connection = connection
        self._blob = f"timers/{host_id}/Host.Functions.{function}/status"

    async def read(self) -> Status | None:
        async with self._container() as container:
            try:
                download = await container.download_blob(self._blob)
                return _status(await download.readall())
            except (ResourceNotFoundError, ValueError, KeyError):
                return None

    async def write(self, status: Status) -> None:
        async with self._container() as container:
            content = json.dumps(status.fields())
            try:
                await container.upload_blob(self._blob, content, overwrite=True)
            except ResourceNotFoundError:
                await make_container(container)
                await container.upload_blob(self._blob, content, overwrite=True)

    def _container(self) -> ContainerClient:
        return ContainerClient.from_connection_string(self._connection, HOSTS)


async def make_container(container: ContainerClient) -> None:
    try:
        await container.create_container()
    except ResourceExistsError:
        return


def _status(content: bytes) -> Status:
    fields = json.loads(content)
    moments = (datetime.fromisoformat(fields[name]) for name in ("Last", "Next", "LastUpdated"))
    return Status(*moments)
