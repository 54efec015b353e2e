"""Faults on order: which requests shall fail, how often, and whether their work is done first."""

import random
import re
from typing import Any

from pydantic import BaseModel, ConfigDict, PrivateAttr


class Fault(BaseModel):
    """One rule of `POST /sandbox/faults`; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")

    method: str | None = None
    path: str = ".*"  # a regular expression, searched in path and query without the version
    body_has: str = ""  # text that the request's body has to contain
    status: int | None = None
    code: str = "generalException"
    message: str = "An injected fault."
    headers: dict[str, str] = {}
    body: str | None = None  # sent as it is, in place of an OData error
    count: int | None = 1  # how many requests; None: all of them
    skip: int = 0  # matching requests to let pass first
    probability: float = 1.0
    seed: int = 0
    after_effect: bool = False  # do the work; then answer `status`, or lose the answer
    drop: bool = False  # close the connection instead of answering

    _met: int = PrivateAttr(default=0)
    _done: int = PrivateAttr(default=0)
    _dice: random.Random = PrivateAttr(default_factory=random.Random)

    def model_post_init(self, _context: Any) -> None:
        self._dice.seed(self.seed)

    def strikes(self, method: str, path: str, body: str) -> bool:
        if self.method not in (None, method) or not re.search(self.path, path):
            return False
        if self.body_has not in body:
            return False
        if self.count is not None and self._done >= self.count:
            return False
        self._met += 1
        if self._met <= self.skip or self._dice.random() >= self.probability:
            return False
        self._done += 1
        return True

    def shown(self) -> dict[str, Any]:
        return self.model_dump() | {"met": self._met, "done": self._done}


class Faults:
    def __init__(self) -> None:
        self.rules: list[Fault] = []

    def struck(self, method: str, path: str, body: str) -> Fault | None:
        return next((rule for rule in self.rules if rule.strikes(method, path, body)), None)
