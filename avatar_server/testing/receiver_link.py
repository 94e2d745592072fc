"""A receiver's end of ICE, DTLS and SRTP over one UDP socket, without an event loop.

Whoever owns it hands on datagrams that are neither RTP nor RTCP, and calls `tick` often. It is the
controlling ICE agent and the DTLS client, as a browser is that made the offer (RFC 8445, 5763, 5764, 7675).
"""

from __future__ import annotations

import contextlib
import datetime
import secrets
import socket
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from OpenSSL import SSL
from pylibsrtp import Policy, Session

from avatar_server.testing import stun
from avatar_server.testing.receiver_offer import Accepted, Credentials

CHECK_PERIOD_S = 0.05
"""Between connectivity checks (RFC 8445, section 14.2: at least 50 ms)."""

CONSENT_PERIOD_S = 5.0
"""RFC 7675, section 5.1."""

PROFILES = {
    b"SRTP_AEAD_AES_128_GCM": (Policy.SRTP_PROFILE_AEAD_AES_128_GCM, 16, 12),
    b"SRTP_AEAD_AES_256_GCM": (Policy.SRTP_PROFILE_AEAD_AES_256_GCM, 32, 12),
    b"SRTP_AES128_CM_SHA1_80": (Policy.SRTP_PROFILE_AES128_CM_SHA1_80, 16, 14),
}
"""OpenSSL's name: what libsrtp calls it, bytes of key and of salt (RFC 5764 and 7714)."""

REPLAY_WINDOW = 4096
"""Packets; what is sent again may come late."""

LARGEST_DTLS_BYTES = 65536


@dataclass(frozen=True, slots=True)
class Identity:
    """A certificate and its key; one may serve many receivers."""

    context: SSL.Context
    fingerprint: str

    @classmethod
    def make(cls) -> Identity:
        """A new one, on P-256, valid for a day."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "receiver")])
        now, day = datetime.datetime.now(datetime.UTC), datetime.timedelta(days=1)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - day)
            .not_valid_after(now + day)
            .sign(key, hashes.SHA256())
        )
        context = SSL.Context(SSL.DTLS_METHOD)
        # Nobody signs these certificates: the fingerprint in the answer says whose it is.
        context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, lambda *_: True)
        context.use_certificate(certificate)
        context.use_privatekey(key)
        context.set_tlsext_use_srtp(b":".join(PROFILES))
        return cls(context, _fingerprint(certificate))


class ReceiverLink:
    """Connects a bound UDP socket to whoever answers; `protection` is there once both sides have keys."""

    def __init__(self, endpoint: socket.socket, identity: Identity) -> None:
        self._endpoint = endpoint
        self.own = Credentials(secrets.token_hex(4), secrets.token_hex(12), identity.fingerprint)
        self._theirs: Accepted | None = None
        self._tie_breaker = secrets.randbits(64)
        self._checks: dict[bytes, tuple[str, int]] = {}
        self._next_check_s = 0.0
        self.remote: tuple[str, int] | None = None
        """Where the server is, once a check was answered from there."""
        self._dtls = SSL.Connection(identity.context)
        self._dtls.set_connect_state()
        self._dtls.set_ciphertext_mtu(1200)
        self.protection: tuple[Session, Session] | None = None
        """SRTP sessions for receiving and for sending."""
        self.consents = 0
        """Connectivity checks of the server that were answered."""
        self.is_closed = False
        """Whether the server has said goodbye, by closing DTLS."""
        self.answers_checks = True
        """A test sets it to False for a receiver that has vanished."""

    def begin(self, theirs: Accepted, now_s: float) -> None:
        """Connect to whoever answered."""
        self._theirs = theirs
        self.tick(now_s)

    def tick(self, now_s: float) -> None:
        """Do what is due: checks, consent, and DTLS messages that were lost."""
        if self._theirs is None or not self.answers_checks:
            return
        if now_s >= self._next_check_s:
            connected = self.remote is not None
            self._next_check_s = now_s + (CONSENT_PERIOD_S if connected else CHECK_PERIOD_S)
            for address in (self.remote,) if self.remote else self._theirs.addresses:
                self._check(address)
        if self.remote is not None and self.protection is None and self._dtls.DTLSv1_get_timeout() == 0:
            self._dtls.DTLSv1_handle_timeout()
            self._flush()

    def on_datagram(self, data: bytes, source: tuple[str, int]) -> None:
        """A datagram that is STUN or DTLS (RFC 7983)."""
        if not data or self._theirs is None:
            return
        if data[0] < 4:
            self._on_stun(data, source)
        elif 20 <= data[0] < 64 and self.remote is not None:
            self._dtls.bio_write(data)
            self._shake_hands()

    def send(self, data: bytes) -> None:
        """To the server; what the network refuses is lost, as datagrams are."""
        if self.remote is not None:
            with contextlib.suppress(OSError):
                self._endpoint.sendto(data, self.remote)

    def send_rtcp(self, compound: bytes) -> None:
        """Protected; nothing happens before there are keys."""
        if self.protection is not None:
            self.send(self.protection[1].protect_rtcp(compound))

    def say_goodbye(self) -> None:
        """Tell the server, by closing DTLS."""
        if self.protection is not None:
            with contextlib.suppress(SSL.Error):
                self._dtls.shutdown()
            self._flush()

    def _check(self, address: tuple[str, int]) -> None:
        assert self._theirs is not None
        theirs = self._theirs.credentials
        transaction = secrets.token_bytes(12)
        self._checks[transaction] = address
        request = stun.binding_request(
            transaction,
            f"{theirs.name_fragment}:{self.own.name_fragment}",
            theirs.password,
            tie_breaker=self._tie_breaker,
            nominate=True,
        )
        with contextlib.suppress(OSError):
            self._endpoint.sendto(request, address)

    def _on_stun(self, data: bytes, source: tuple[str, int]) -> None:
        assert self._theirs is not None
        kind, transaction = stun.parse(data)
        if kind == stun.REQUEST and stun.is_sealed(data, self.own.password) and self.answers_checks:
            self.consents += 1
            answer = stun.binding_success(transaction, source, self.own.password)
            with contextlib.suppress(OSError):
                self._endpoint.sendto(answer, source)
        elif kind == stun.SUCCESS and stun.is_sealed(data, self._theirs.credentials.password):
            address = self._checks.pop(transaction, None)
            if address is not None and self.remote is None:
                self.remote = address
                self._checks.clear()
                self._shake_hands()

    def _shake_hands(self) -> None:
        with contextlib.suppress(SSL.WantReadError):
            if self.protection is None:
                self._dtls.do_handshake()
                self._take_keys()
            else:
                try:
                    self._dtls.recv(1)
                except SSL.ZeroReturnError:
                    self.is_closed = True
        self._flush()

    def _flush(self) -> None:
        with contextlib.suppress(SSL.WantReadError):
            records = self._dtls.bio_read(LARGEST_DTLS_BYTES)
            while len(records) >= 13:
                length = 13 + int.from_bytes(records[11:13], "big")
                self.send(records[:length])
                records = records[length:]

    def _take_keys(self) -> None:
        assert self._theirs is not None
        certificate = self._dtls.get_peer_certificate(as_cryptography=True)
        assert isinstance(certificate, x509.Certificate)
        named = self._theirs.credentials.fingerprint
        if _fingerprint(certificate).lower() != named.lower():
            raise ValueError(
                f"the server's certificate is {_fingerprint(certificate)}, its answer says {named}"
            )
        profile, key_size, salt_size = PROFILES[self._dtls.get_selected_srtp_profile()]
        material = self._dtls.export_keying_material(b"EXTRACTOR-dtls_srtp", 2 * (key_size + salt_size))
        keys, salts = material[: 2 * key_size], material[2 * key_size :]
        own = keys[:key_size] + salts[:salt_size]
        theirs = keys[key_size:] + salts[salt_size:]
        sessions = []
        for key, direction in ((theirs, Policy.SSRC_ANY_INBOUND), (own, Policy.SSRC_ANY_OUTBOUND)):
            policy = Policy(key=key, ssrc_type=direction, srtp_profile=profile)
            policy.window_size = REPLAY_WINDOW
            sessions.append(Session(policy))
        self.protection = sessions[0], sessions[1]


def _fingerprint(certificate: x509.Certificate) -> str:
    return f"sha-256 {certificate.fingerprint(hashes.SHA256()).hex(':').upper()}"
