"""The tenant's policies as Graph spells them, read into our words and written from them."""

import json
import re
from typing import Any, Final

from b2b.adapters.graph.tenant.settings import ACCESS_OF_ROLE, LISTS, ROOT, InboundTrust
from b2b.adapters.graph.tenant.source import Wire
from b2b.domain.errors import Refused
from b2b.domain.policy import AccessReview, InvitationsFrom, Reviewers, Unanswered
from b2b.domain.reason import Reason
from b2b.domain.tenant import (
    AddReview,
    AddRule,
    Collaboration,
    DomainPolicy,
    Review,
    Rule,
    SetDomains,
    Trusts,
)

ROLE_OF: Final = {access: role for role, access in ACCESS_OF_ROLE.items()}
# https://learn.microsoft.com/graph/api/resources/conditionalaccessguestsorexternalusers
ALL_GUESTS: Final = (
    "internalGuest,b2bCollaborationGuest,b2bCollaborationMember,b2bDirectConnectUser,"
    "otherExternalUser"
)
REPORT_ONLY: Final = "enabledForReportingButNotEnforced"
LONGEST: Final = 25_000  # https://learn.microsoft.com/entra/external-id/allow-deny-list
_GROUP: Final = re.compile(r"groups/([0-9a-fA-F-]{36})/")


class GraphAuthorization(Wire):
    allow_invites_from: InvitationsFrom
    guest_user_role_id: str

    def value(self) -> Collaboration:
        """Raises Refused for a role of guests that nobody knows."""
        access = ACCESS_OF_ROLE.get(self.guest_user_role_id.lower())
        if access is None:
            words = f"Guests have a role that is not documented: {self.guest_user_role_id}."
            raise Refused(Reason("guest_role_unknown", words))
        return Collaboration(self.allow_invites_from, access)


class GraphDomainPolicy(Wire):
    id: str
    definition: list[str]
    is_organization_default: bool | None = None

    def value(self) -> DomainPolicy:
        """Raises Refused rather than guess at a definition, for a guess would be written back."""
        try:
            whole = json.loads(self.definition[0])
            inner = dict(whole[ROOT])
            lists = inner.pop(LISTS, None) or {}
            allowed, blocked = (_names(lists, key) for key in ("AllowedDomains", "BlockedDomains"))
        except (ValueError, TypeError, KeyError, IndexError):
            words = "The tenant's list of domains is kept in a form that is not documented."
            raise Refused(Reason("domain_list_unreadable", words)) from None
        return DomainPolicy(self.id, allowed, blocked, json.dumps(inner, sort_keys=True))


def _names(lists: dict[str, Any], key: str) -> tuple[str, ...] | None:
    if key not in lists:
        return None
    return tuple(str(name).lower() for name in lists[key])


def definition_of(change: SetDomains) -> str:
    """Keeps what else is in the definition. Raises Refused when it would be too long."""
    inner = {LISTS: {"AllowedDomains": list(change.after)}, **json.loads(change.before.siblings)}
    text = json.dumps({ROOT: inner}, separators=(",", ":"))
    if len(text) > LONGEST:
        words = f"The list of domains would take {len(text):,} characters; {LONGEST:,} are allowed."
        raise Refused(Reason("domain_list_too_long", words))
    return text


def trusts_of(told: InboundTrust) -> Trusts:
    """What nobody ever set is not believed."""
    return Trusts(
        bool(told.is_mfa_accepted),
        bool(told.is_compliant_device_accepted),
        bool(told.is_hybrid_azure_a_d_joined_device_accepted),
    )


def trust_of(trusts: Trusts) -> dict[str, Any]:
    """Whole: what is left out of inboundTrust would not be kept."""
    return {
        "inboundTrust": {
            "isMfaAccepted": trusts.mfa,
            "isCompliantDeviceAccepted": trusts.compliant,
            "isHybridAzureADJoinedDeviceAccepted": trusts.joined,
        }
    }


class GraphDefault(Wire):
    inbound_trust: InboundTrust


class GraphPartner(Wire):
    tenant_id: str
    inbound_trust: InboundTrust | None


class GraphHome(Wire):
    tenant_id: str


class _Users(Wire):
    exclude_users: list[str] | None = None


class _Conditions(Wire):
    users: _Users | None = None


class GraphRule(Wire):
    display_name: str
    state: str
    conditions: _Conditions

    def value(self) -> Rule:
        users = self.conditions.users
        excluded = (users.exclude_users if users else None) or ()
        return Rule(self.display_name, self.state, frozenset(map(str.lower, excluded)))


def rule_of(change: AddRule) -> dict[str, Any]:
    """Report-only, always: whoever wants it enforced looks at the report first."""
    guests = {
        "guestOrExternalUserTypes": ALL_GUESTS,
        "externalTenants": {
            "@odata.type": "#microsoft.graph.conditionalAccessAllExternalTenants",
            "membershipKind": "all",
        },
    }
    return {
        "displayName": change.name,
        "state": REPORT_ONLY,
        "conditions": {
            "clientAppTypes": ["all"],
            "applications": {"includeApplications": ["All"]},
            "users": {
                "includeGuestsOrExternalUsers": guests,
                "excludeUsers": list(change.excluded),
            },
        },
        "grantControls": {"operator": "OR", "builtInControls": ["mfa"]},
    }


class _Scope(Wire):
    query: str | None = None


class _Pattern(Wire):
    type: str = ""
    interval: int = 0


class _Recurrence(Wire):
    pattern: _Pattern | None = None


class _Settings(Wire):
    instance_duration_in_days: int
    auto_apply_decisions_enabled: bool = False
    default_decision_enabled: bool = False
    default_decision: str | None = None
    recurrence: _Recurrence | None = None


class GraphReview(Wire):
    display_name: str | None
    scope: _Scope | None
    settings: _Settings | None
    reviewers: list[_Scope] | None = None

    def value(self) -> Review:
        found = _GROUP.search((self.scope.query if self.scope else None) or "")
        return Review(self.display_name or "", found[1] if found else "", self._terms())

    def _terms(self) -> AccessReview | None:
        """None for terms that the policy has no words for."""
        settings = self.settings
        pattern = settings.recurrence.pattern if settings and settings.recurrence else None
        if settings is None or pattern is None or pattern.type != "absoluteMonthly":
            return None
        owners = all((one.query or "").endswith("/owners") for one in self.reviewers or ())
        denies = settings.default_decision_enabled and settings.default_decision == "Deny"
        return AccessReview(
            reviewers=Reviewers.OWNERS if owners else Reviewers.SPONSOR,
            every_months=pattern.interval,
            days=settings.instance_duration_in_days,
            apply=settings.auto_apply_decisions_enabled,
            unanswered=Unanswered.REMOVE if denies else Unanswered.KEEP,
        )


class GraphPerson(Wire):
    id: str


def review_of(change: AddReview) -> dict[str, Any]:
    """https://learn.microsoft.com/graph/accessreviews-scope-concept, -reviewers-concept"""
    guests = "transitiveMembers/microsoft.graph.user/?$filter=(userType eq 'Guest')"
    owners = {"query": f"/groups/{change.group}/owners", "queryType": "MicrosoftGraph"}
    sponsor = {"query": f"/users/{change.reviewer}", "queryType": "MicrosoftGraph"}
    return {
        "displayName": change.name,
        "descriptionForAdmins": "Made by Guestkeeper from its policy.",
        "descriptionForReviewers": "Does each of these guests still need this access?",
        "scope": {
            "@odata.type": "#microsoft.graph.accessReviewQueryScope",
            "query": f"/groups/{change.group}/{guests}",
            "queryType": "MicrosoftGraph",
        },
        "reviewers": [sponsor if change.reviewer else owners],
        "fallbackReviewers": [owners] if change.reviewer else [],
        "settings": _settings_of(change),
    }


def _settings_of(change: AddReview) -> dict[str, Any]:
    terms = change.terms
    denies = terms.unanswered is Unanswered.REMOVE
    return {
        "mailNotificationsEnabled": True,
        "reminderNotificationsEnabled": True,
        "justificationRequiredOnApproval": True,
        "recommendationsEnabled": True,
        "instanceDurationInDays": terms.days,
        "autoApplyDecisionsEnabled": terms.apply,
        "defaultDecisionEnabled": denies,
        **({"defaultDecision": "Deny"} if denies else {}),
        "recurrence": {
            "pattern": {
                "type": "absoluteMonthly",
                "interval": terms.every_months,
                "dayOfMonth": change.starts_on.day,
            },
            "range": {"type": "noEnd", "startDate": change.starts_on.isoformat()},
        },
    }
