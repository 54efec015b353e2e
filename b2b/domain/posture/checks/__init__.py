"""The questions themselves, by subject: each a pure function of tenant and policy."""
