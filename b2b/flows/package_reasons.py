"""How access packages end or wait, in sentences that a person can act on."""

from b2b.domain.packages import Progress
from b2b.domain.reason import Reason

ON_ITS_WAY = Reason("package_on_its_way", "Entitlement management is delivering the package.")
AWAITS_APPROVAL = Reason(
    "package_awaits_approval",
    "The access package waits for somebody's approval in entitlement management.",
)
UNCLEAR = Reason(
    "package_unclear", "The package may have been asked for; waiting until that would show."
)
ASKED_BY_OTHERS = Reason(
    "package_already_asked",
    "Somebody else has asked for this package for the guest, or is changing it; waiting for that.",
)
PARTLY = Reason(
    "package_partly_delivered",
    "Entitlement management delivered only a part of the access package. Look at the assignment "
    "in the portal, mend the resource that failed and reprocess it there.",
)
ENDED_BADLY = {
    Progress.PARTLY: PARTLY,
    Progress.FAILED: Reason(
        "package_delivery_failed",
        "Entitlement management could not deliver the access package. The request in the portal "
        "says which resource failed; mend it, then ask again.",
    ),
    Progress.DENIED: Reason(
        "package_denied", "The request for the access package was denied by its approver."
    ),
    Progress.CANCELED: Reason(
        "package_canceled", "The request for the access package was canceled."
    ),
}
