"""Prints the JSON Schema of policy.toml, as committed in docs/policy.schema.json."""

import json

from b2b.policy_file.tables import schema

if __name__ == "__main__":
    print(json.dumps(schema(), indent=2, ensure_ascii=False))
