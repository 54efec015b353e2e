"""The text of policy.toml becomes the policy, or every fault in it at once."""

from b2b.policy_file.fault import Fault, PolicyFaults
from b2b.policy_file.reading import read_policy
from b2b.policy_file.tables import schema

__all__ = ["Fault", "PolicyFaults", "read_policy", "schema"]
