"""Which version of which blob a function has had already, kept in the host's own container."""

from azure.core.exceptions import ResourceNotFoundError
from azure.storage.blob.aio import ContainerClient

from sandbox.host.blob_queue import quoted
from sandbox.host.timer_status import HOSTS, make_container


class Receipts:
    """Read once at the start; written through after every run."""

    def __init__(self, connection: str, host_id: str, function: str) -> None:
        self._connection = connection
        self._folder = f"blobreceipts/{host_id}/Host.Functions.{function}/"
        self._known: set[str] = set()

    async def read(self) -> None:
        async with self._container() as container:
            try:
                async for receipt in container.list_blob_names(name_starts_with=self._folder):
                    self._known.add(receipt)
            except ResourceNotFoundError:
                await make_container(container)

    def has(self, container: str, blob: str, etag: str) -> bool:
        return self._name(container, blob, etag) in self._known

    async def write(self, container: str, blob: str, etag: str) -> None:
        name = self._name(container, blob, etag)
        self._known.add(name)
        async with self._container() as hosts:
            await hosts.upload_blob(name, b"", overwrite=True)

    def _name(self, container: str, blob: str, etag: str) -> str:
        return f"{self._folder}{quoted(etag)}/{container}/{blob}"

    def _container(self) -> ContainerClient:
        return ContainerClient.from_connection_string(self._connection, HOSTS)
