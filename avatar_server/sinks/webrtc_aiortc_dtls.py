"""DTLS with servers whose certificate is an RSA one.

aiortc offers and takes cipher suites for ECDSA certificates only. Its own certificate is of that kind, so as
DTLS server nothing is missing; as client, which we are when a server answers `a=setup:passive`, it finds no
cipher in common with one that has an RSA certificate, and the handshake fails.
"""

from __future__ import annotations

from aiortc import RTCCertificate, RTCDtlsTransport
from aiortc.rtcdtlstransport import SRTPProtectionProfile
from OpenSSL import SSL

from avatar_server.errors import MachineError

CIPHERS = (
    b"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    b"ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:"
    b"ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA:ECDHE-RSA-AES256-SHA"
)
"""aiortc's own with their RSA twins; all with forward secrecy, as RFC 8827, section 6.5 wants it."""

_create_context = RTCCertificate._create_ssl_context


def accept_rsa_certificates() -> None:
    """Make the change for the whole process; raises `MachineError` if aiortc would not notice it.

    Whom the certificate belongs to is checked by its fingerprint, as for any other.
    """
    if "_create_ssl_context" not in RTCDtlsTransport.start.__code__.co_names or (
        "set_cipher_list" not in _create_context.__code__.co_names
    ):
        raise MachineError(
            "this aiortc does not suit: it chooses its DTLS ciphers in another place; "
            "install the pinned one (pip install 'aiortc>=1.16,<1.17')"
        )

    def create(certificate: RTCCertificate, srtp_profiles: list[SRTPProtectionProfile]) -> SSL.Context:
        context = _create_context(certificate, srtp_profiles)
        context.set_cipher_list(CIPHERS)
        return context

    setattr(RTCCertificate, "_create_ssl_context", create)  # noqa: B010 (mypy takes no plain assignment)
