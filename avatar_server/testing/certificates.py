"""Certificates for servers of tests: made anew, valid for an hour, believed by nobody who was not told to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

ADDRESS = "127.0.0.1"


def write_certificates(folder: Path) -> dict[str, Path]:
    """`cert` for localhost, its `key`, the same key with a password (`locked`), and an `other` key; PEM."""
    key, other = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address(ADDRESS))])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    contents = {
        "cert": certificate.public_bytes(serialization.Encoding.PEM),
        "key": _pem(key, serialization.NoEncryption()),
        "other": _pem(other, serialization.NoEncryption()),
        "locked": _pem(key, serialization.BestAvailableEncryption(b"password")),
    }
    files = {kind: folder / f"{kind}.pem" for kind in contents}
    for kind, content in contents.items():
        files[kind].write_bytes(content)
    return files


def _pem(key: ec.EllipticCurvePrivateKey, encryption: serialization.KeySerializationEncryption) -> bytes:
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)
