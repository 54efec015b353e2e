"""A small Azure Functions host for local work: loads a Python v2 app and runs its triggers."""
