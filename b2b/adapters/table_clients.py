"""The tables of one adapter: made when first asked for, each with one client that is kept."""

from azure.data.tables.aio import TableClient, TableServiceClient

from b2b.adapters.azure_errors import in_our_words


class TableClients:
    def __init__(self, service: TableServiceClient) -> None:
        self._service = service
        self._made: dict[str, TableClient] = {}

    async def _table(self, name: str) -> TableClient:
        """The same client each time: making one costs as much as asking it something.

        Raises TryLater.
        """
        if name not in self._made:
            with in_our_words("ledger"):
                await self._service.create_table_if_not_exists(name)
            self._made[name] = self._service.get_table_client(name)
        return self._made[name]
