"""What stops the host from starting, told in one sentence."""


class CannotStart(Exception):
    """The app, its host.json or its settings are not fit to run."""
