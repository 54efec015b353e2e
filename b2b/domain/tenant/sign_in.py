"""The ways an administrator may sign in to change the tenant."""

from enum import StrEnum


class SignIn(StrEnum):
    """How the administrator proves who they are."""

    AZ = "az"
    BROWSER = "browser"
    DEVICE = "device"
