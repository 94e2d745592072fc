"""Where the server listens: an address of this machine, only with a token beyond it, with or without TLS."""

from __future__ import annotations

import errno
import ipaddress
import socket
import ssl
from pathlib import Path

from avatar_server.errors import InputError, MachineError, UsageError
from avatar_server.settings import Settings


def open_listener(settings: Settings) -> socket.socket:
    """The socket that `settings` ask for.

    Raises `UsageError` for a host that is not here or an open door beyond this machine, `MachineError` for a
    taken port.
    """
    family, address = _resolve(settings.host, settings.port)
    if not ipaddress.ip_address(address[0]).is_loopback and not (settings.token or settings.insecure):
        raise UsageError(
            f"--host {settings.host}: beyond this machine a token is needed, so that not everybody can watch "
            "and steer: give --token-file FILE, or --insecure if everybody may"
        )
    return _bind(settings.host, family, address)


def listening_socket(host: str, port: int) -> socket.socket:
    """A bound socket; raises `UsageError` for a host that is not here, `MachineError` for a taken port."""
    return _bind(host, *_resolve(host, port))


def _resolve(host: str, port: int) -> tuple[socket.AddressFamily, tuple[str, int]]:
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError as error:
        raise UsageError(f"--host {host}: expected an address of this machine ({error.strerror})") from error
    return family, address  # type: ignore[return-value]  # An address has four parts with IPv6.


def _bind(host: str, family: socket.AddressFamily, address: tuple[str, int]) -> socket.socket:
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
        listener.listen()
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise MachineError(
                f"port {address[1]} on {host} is taken by another program; choose another with --port"
            ) from error
        if error.errno == errno.EADDRNOTAVAIL:
            raise UsageError(f"--host {host}: expected an address of this machine") from error
        raise MachineError(f"cannot listen on {host}, port {address[1]}: {error.strerror}") from error
    return listener


def is_loopback(listener: socket.socket) -> bool:
    """Whether only this machine can reach the socket."""
    return ipaddress.ip_address(listener.getsockname()[0]).is_loopback


def url_of(listener: socket.socket, scheme: str = "http") -> str:
    """Where a browser on this machine finds the socket."""
    host, port = listener.getsockname()[:2]
    address = ipaddress.ip_address(host)
    if address.is_unspecified:
        host = "127.0.0.1" if address.version == 4 else "::1"
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


def check_tls_files(settings: Settings) -> None:
    """Try certificate and key before something is made that needs them.

    Raises `UsageError` if only one of the files is named, `InputError` if they do not hold what they should.
    """
    if settings.tls_cert is None and settings.tls_key is None:
        return
    if settings.tls_cert is None or settings.tls_key is None:
        missing = "--tls-cert" if settings.tls_cert is None else "--tls-key"
        raise UsageError(f"{missing}: TLS needs a certificate and its key, expected both or none")
    try:
        # Without a password function OpenSSL asks on the terminal, which a service does not have.
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(
            settings.tls_cert, settings.tls_key, password=lambda: ""
        )
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            expected = f"the key of the certificate in {settings.tls_cert}"
            raise InputError(expected=expected, came="another one", where=settings.tls_key) from None
        where, kind = settings.tls_cert, "certificate"
        if _is_certificate(settings.tls_cert):
            where, kind = settings.tls_key, "private key without password"
        raise InputError(expected=f"a {kind} in PEM", came=error.reason or "none", where=where) from None
    except OSError as error:
        raise MachineError(f"{settings.tls_key}: cannot be read ({error.strerror})") from None


def _is_certificate(file: Path) -> bool:
    """Whether it is more likely the key that is wrong."""
    return b"-----BEGIN CERTIFICATE-----" in file.read_bytes()
