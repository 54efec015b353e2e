"""What an administrator needs for each area of the tenant, and how its absence is told.

Permissions and roles: https://learn.microsoft.com/graph/permissions-reference and the page of each
operation (read 2026-11-23); that only a Global Administrator changes the domain list:
https://learn.microsoft.com/graph/api/b2bmanagementpolicy-update
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from b2b.adapters.graph.answer import Answer
from b2b.adapters.graph.errors import error_of, translate
from b2b.domain.errors import Refused, TryLater
from b2b.domain.reason import Reason
from b2b.domain.tenant import Area


@dataclass(frozen=True, slots=True)
class Rights:
    """`reads` and `writes` are delegated permissions; `role` is what the person has to be."""

    reads: tuple[str, ...]
    writes: tuple[str, ...]
    role: str
    licence: str = ""


_POLICY: Final = "Policy.Read.All"
RIGHTS: Final = {
    Area.COLLABORATION: Rights(
        (_POLICY,), ("Policy.ReadWrite.Authorization",), "Privileged Role Administrator"
    ),
    Area.DOMAINS: Rights(
        ("Policy.Read.B2BManagementPolicy",),
        ("Policy.ReadWrite.B2BManagementPolicy",),
        "Global Administrator",
    ),
    Area.TRUST: Rights(
        (_POLICY, "CrossTenantInformation.ReadBasic.All"),
        ("Policy.ReadWrite.CrossTenantAccess",),
        "Security Administrator",
    ),
    Area.CONDITIONAL_ACCESS: Rights(
        (_POLICY,),
        ("Policy.ReadWrite.ConditionalAccess",),
        "Conditional Access Administrator",
        "Microsoft Entra ID P1",
    ),
    Area.REVIEWS: Rights(
        ("AccessReview.Read.All", "User.ReadBasic.All"),
        ("AccessReview.ReadWrite.All",),
        "Identity Governance Administrator",
        "Microsoft Entra ID P2 or ID Governance",
    ),
}


def scopes_for(areas: Iterable[Area], *, writes: bool) -> list[str]:
    """The least that a sign-in has to ask for."""
    rights = [RIGHTS[area] for area in areas if area in RIGHTS]
    scopes = {name for one in rights for name in one.reads}
    if writes:
        scopes |= {name for one in rights for name in one.writes}
    return sorted(scopes)


def held_to(answer: Answer, area: Area, *, writes: bool = False) -> Answer:
    """Raises what the answer means to the administrator when it is none that was asked for."""
    if answer.ok:
        return answer
    raise _meaning(answer, area, writes=writes)


def _meaning(answer: Answer, area: Area, *, writes: bool) -> Refused | TryLater:
    code, message = error_of(answer)
    rights = RIGHTS[area]
    if answer.status == 403 and rights.licence and (code == "NoLicense" or "licens" in message):
        words = f"The {area} could not be looked at: the tenant has no {rights.licence}."
        return Refused(Reason("licence_missing", words))
    if answer.status == 403:
        names = " and ".join(dict.fromkeys((*rights.reads, *(rights.writes if writes else ()))))
        words = (
            f"Your sign-in may not {'change' if writes else 'read'} the {area}: it takes the "
            f"permission {names} and the role {rights.role}. --sign-in browser asks for the "
            "permission; the role is given in the admin center."
        )
        return Refused(Reason("administrator_may_not", words))
    if answer.status == 401:
        words = "The directory does not accept your sign-in any more. Sign in again."
        return Refused(Reason("sign_in_again", words))
    if answer.status == 404 and writes:
        words = (
            f"The directory does not know what this change of the {area} is about: look at the ids."
        )
        return Refused(Reason("not_there", words))
    return translate(answer)
