"""A certificate authority for the time of a run: one good certificate for 127.0.0.1, and those that must be refused."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import ip_address
from pathlib import Path
import ssl
import tempfile

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_HERE = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class _Issuer:
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate


@dataclass(frozen=True, slots=True)
class Authority:
    """What the operator may show, and what the client trusts."""

    trusted: str
    """The authority's certificate, PEM."""
    good: str
    """Chain and key in one PEM, as of the next ones."""
    untrusted: str
    expired: str
    wrong_host: str


@cache
def authority() -> Authority:
    """Return the authority of this process. Other processes are told of it as text."""
    ours, theirs = _issuer("ours"), _issuer("somebody's")
    return Authority(
        trusted=_pem(ours.certificate),
        good=_issue(ours, _HERE),
        untrusted=_issue(theirs, _HERE),
        expired=_issue(ours, _HERE, age=timedelta(days=40)),
        wrong_host=_issue(ours, "127.0.0.9"),
    )


def server_context(pem: str) -> ssl.SSLContext:
    """Return TLS for a server that shows this certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "server.pem"
        path.write_text(pem, encoding="ascii")
        context.load_cert_chain(path)
    return context


def client_context(trusted: str) -> ssl.SSLContext:
    """Return TLS for a client that trusts this authority alone."""
    return ssl.create_default_context(cadata=trusted)


def _issuer(name: str) -> _Issuer:
    key = ec.generate_private_key(ec.SECP256R1())
    names = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    certificate = (
        _begin(names, names, key, timedelta())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(identifier, critical=False)
        .add_extension(_may(sign=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    return _Issuer(key, certificate)


def _issue(issuer: _Issuer, host: str, *, age: timedelta = timedelta()) -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    names = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    alternatives = x509.SubjectAlternativeName([x509.IPAddress(ip_address(host))])
    of_issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(
        issuer.key.public_key()
    )
    certificate = (
        _begin(names, issuer.certificate.subject, key, age)
        .add_extension(alternatives, critical=False)
        .add_extension(of_issuer, critical=False)
        .sign(issuer.key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return private.decode() + _pem(certificate)


def _begin(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    age: timedelta,
) -> x509.CertificateBuilder:
    """Begin a certificate that is valid for ten days, from the day before `age`."""
    start = datetime.now(UTC) - age - timedelta(days=1)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=10))
    )


def _may(*, sign: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=sign,
        crl_sign=sign,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()
