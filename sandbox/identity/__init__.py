"""A managed identity on loopback: tokens as App Service hands them out, with a shared secret."""
