"""The answers that say no, with the codes and words Graph uses for them."""

from collections.abc import Mapping


class Refused(Exception):
    """An OData error on its way to the caller."""

    def __init__(
        self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message
        self.headers = dict(headers or {})


def bad(message: str, code: str = "Request_BadRequest") -> Refused:
    return Refused(400, code, message)


def unsupported(message: str = "Unsupported Query.") -> Refused:
    return Refused(400, "Request_UnsupportedQuery", message)


def denied() -> Refused:
    return Refused(
        403,
        "Authorization_RequestDenied",
        "Insufficient privileges to complete the operation.",
    )


def scopes_missing() -> Refused:
    """How Conditional Access says no: https://github.com/microsoftgraph/microsoft-graph-explorer-v4/issues/2580"""
    return Refused(
        403,
        "AccessDenied",
        "You cannot perform the requested operation, required scopes are missing in the token.",
    )


def unlicensed() -> Refused:
    """https://github.com/AzureAD/AzureAD-Governance-Assessment/issues/2"""
    return Refused(
        403,
        "NoLicense",
        "User is not authorized to perform the operation. Reason: Tenant does not meet license "
        "requirement!",
    )


def unauthenticated(message: str) -> Refused:
    headers = {"WWW-Authenticate": 'Bearer realm=""'}
    return Refused(401, "InvalidAuthenticationToken", message, headers)


def missing(identity: str) -> Refused:
    return Refused(
        404,
        "Request_ResourceNotFound",
        f"Resource '{identity}' does not exist or one of its queried reference-property "
        "objects are not present.",
    )


def over_quota() -> Refused:
    return Refused(
        403,
        "Directory_QuotaExceeded",
        "The directory object quota limit for the Tenant has been exceeded. Please ask your "
        "administrator to increase the quota limit or delete objects to reduce the used quota.",
    )


def without_premium() -> Refused:
    """https://github.com/microsoftgraph/msgraph-sdk-dotnet/issues/1006 has code and words."""
    return Refused(
        403,
        "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
        "Neither tenant is B2C or tenant doesn't have premium license",
    )
