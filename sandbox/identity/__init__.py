"""A managed identity on loopback: tokens as App Service hands them out, signed with a shared secret."""
