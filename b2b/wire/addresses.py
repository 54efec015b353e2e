"""How addresses in messages are read: of any domain, for the policy judges the domains."""

from b2b.domain.upload.address import AddressReader

ADDRESSES = AddressReader(own_domains=frozenset())
