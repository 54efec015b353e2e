"""A certificate for loopback, made anew at each start: the SDK sends tokens over TLS only."""

import ssl
from dataclasses import dataclass
from pathlib import Path

import trustme


@dataclass(frozen=True, slots=True)
class Certificate:
    """`authority` is the file that a client has to trust, e.g. by SSL_CERT_FILE."""

    server: ssl.SSLContext
    authority: Path

    @classmethod
    def made_in(cls, folder: Path) -> "Certificate":
        authority = trustme.CA()
        server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert("localhost", "127.0.0.1").configure_cert(server)
        file = folder / "authority.pem"
        authority.cert_pem.write_to_path(str(file))
        return cls(server, file)
