"""What happens elsewhere right before one step is taken."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any


@dataclass
class Interrupted:
    """A port; while one of its methods is called, something else happens first."""

    port: Any
    method: str
    meanwhile: Callable[[], Awaitable[object]]

    def __getattr__(self, name: str) -> Any:
        if name != self.method:
            return getattr(self.port, name)

        async def interrupted(*given: Any) -> Any:
            await self.meanwhile()
            return await getattr(self.port, name)(*given)

        return interrupted
