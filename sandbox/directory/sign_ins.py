"""When somebody was last here, and the end of sessions.

https://learn.microsoft.com/graph/api/resources/signinactivity
"""

from typing import Any
from uuid import NAMESPACE_URL, uuid5

from sandbox.directory.clock import written
from sandbox.directory.things import User
from sandbox.directory.world import Answer, Call


def signed_in(
    at: float, *, successful: bool = True, before: dict[str, Any] | None = None
) -> dict[str, Any]:
    """lastSignInDateTime counts failures too; the successful one is a property of its own."""
    moment = written(at)
    activity = dict(before or {})
    activity["lastSignInDateTime"] = moment
    activity["lastSignInRequestId"] = str(uuid5(NAMESPACE_URL, moment))
    if successful:
        activity["lastSuccessfulSignInDateTime"] = moment
        activity["lastSuccessfulSignInRequestId"] = activity["lastSignInRequestId"]
    return activity


def sign_in(user: User, at: float, *, successful: bool = True) -> None:
    before = user.read("signInActivity")
    user.put("signInActivity", signed_in(at, successful=successful, before=before))


def revoke_sessions(call: Call) -> Answer:
    user = call.world.user(call.args[0])
    user.put("signInSessionsValidFromDateTime", call.world.stamp())
    return Answer(200, call.context("Edm.Boolean") | {"value": True})
