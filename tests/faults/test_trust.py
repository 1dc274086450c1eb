"""TLS and proxies through the real command: whom it believes, and how it gets out."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="certificates are made with openssl")

AUTHORITY = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\nsubjectKeyIdentifier=hash\n"
LEAF = "basicConstraints=critical,CA:FALSE\nsubjectAltName=IP:127.0.0.1,DNS:upstream.invalid\nauthorityKeyIdentifier=keyid\n"


def openssl(folder: Path, *arguments: str) -> str:
    """Run openssl in a folder."""
    command = ["openssl", *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with an authority (`ca.pem`, and `by-hash/`) and a server's key and certificate signed by it (`server.pem`)."""
    folder = tmp_path_factory.mktemp("certificates")
    (folder / "ca.cnf").write_text(AUTHORITY)
    (folder / "leaf.cnf").write_text(LEAF)
    for name, subject in (("ca", "/CN=Test Authority"), ("leaf", "/CN=Test Server")):
        key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{name}.key")
        openssl(folder, "req", "-new", *key, "-subj", subject, "-out", f"{name}.csr")
    openssl(folder, "x509", "-req", "-in", "ca.csr", "-signkey", "ca.key", "-extfile", "ca.cnf", "-out", "ca.pem")
    signed_by = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial")
    openssl(folder, "x509", "-req", "-in", "leaf.csr", *signed_by, "-extfile", "leaf.cnf", "-out", "leaf.pem")
    (folder / "server.pem").write_text((folder / "leaf.key").read_text() + (folder / "leaf.pem").read_text())
    (folder / "by-hash").mkdir()
    name = openssl(folder, "x509", "-in", "ca.pem", "-noout", "-hash").strip()
    shutil.copy(folder / "ca.pem", folder / "by-hash" / f"{name}.0")
    return folder


@pytest.fixture
def secure(make_server: Callable[..., Any], certificates: Path) -> Any:
    """Return a fault server with that certificate."""
    return make_server(str(certificates / "server.pem"))


@pytest.mark.parametrize(
    ("variable", "name"),
    [
        ("SSL_CERT_FILE", "ca.pem"),
        ("SSL_CERT_DIR", "by-hash"),
        ("REQUESTS_CA_BUNDLE", "ca.pem"),
        ("REQUESTS_CA_BUNDLE", "by-hash"),
        ("CURL_CA_BUNDLE", "ca.pem"),
    ],
)
def test_an_authority_of_ones_own(secure: Any, project: Any, certificates: Path, variable: str, name: str) -> None:
    """Each of the usual variables makes it trusted."""
    done = project.sync(OPENROUTER_API_BASE=secure.url("good", "https"), **{variable: str(certificates / name)})
    assert (done.code, "1 updated" in done.out) == (0, True), done.err


def test_a_stranger_is_not_believed(secure: Any, project: Any) -> None:
    """An unknown authority: no request is sent, nothing is tried again, and the hint says what to do."""
    done = project.sync(OPENROUTER_API_BASE=secure.url("good", "https"))
    assert done.code == 3
    assert "certificate verify failed" in done.err
    assert "SSL_CERT_FILE" in done.err
    assert secure.stop() == []


def test_a_certificate_of_another_host(secure: Any, project: Any, certificates: Path) -> None:
    """A known authority is not enough: the name must be the one that was asked."""
    address = secure.url("good", "https").replace("127.0.0.1", "localhost")
    done = project.sync(OPENROUTER_API_BASE=address, SSL_CERT_FILE=str(certificates / "ca.pem"))
    assert (done.code, "Hostname mismatch" in done.err) == (3, True), done.err
    assert secure.stop() == []


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_a_bundle_that_is_not_there(secure: Any, project: Any, variable: str) -> None:
    """The variable is named; nobody falls back to trusting others."""
    done = project.sync(OPENROUTER_API_BASE=secure.url("good", "https"), **{variable: "/nowhere/ca.pem"})
    assert (done.code, f"{variable} names no file or folder" in done.err) == (2, True), done.err


def test_a_redirect_that_drops_tls(
    secure: Any, make_server: Callable[..., Any], project: Any, certificates: Path
) -> None:
    """It is refused, and nobody hears of the key in plain text."""
    plain = make_server()
    address = secure.url(f"redirect/http://127.0.0.1:{plain.port}/good", "https")
    done = project.sync(OPENROUTER_API_BASE=address, SSL_CERT_FILE=str(certificates / "ca.pem"))
    assert (done.code, "is without TLS" in done.err) == (3, True), done.err
    assert plain.stop() == []


@pytest.mark.parametrize("login", ["", "me:sk-canary-0123456789@"])
def test_through_a_proxy(
    secure: Any, make_server: Callable[..., Any], project: Any, certificates: Path, login: str
) -> None:
    """The proxy learns the host and its own login, never the key; the certificate is the far host's."""
    proxy = make_server("--proxy")
    done = project.sync(
        OPENROUTER_API_BASE=f"https://upstream.invalid:{secure.port}/good",
        HTTPS_PROXY=f"http://{login}127.0.0.1:{proxy.port}",
        SSL_CERT_FILE=str(certificates / "ca.pem"),
    )
    assert (done.code, "1 updated" in done.out) == (0, True), done.err
    (tunnel,) = proxy.stop()
    assert tunnel["path"] == f"upstream.invalid:{secure.port}"
    assert ("proxy-authorization: basic " in tunnel["head"].lower()) is bool(login)
    assert "sk-canary" not in tunnel["head"]
    (asked,) = secure.stop()
    assert "Bearer sk-canary" in asked["head"]
    assert "proxy-authorization" not in asked["head"].lower()


def test_a_stranger_behind_a_proxy(secure: Any, make_server: Callable[..., Any], project: Any) -> None:
    """The proxy vouches for nobody: the far host's certificate counts, and no request is sent to a stranger."""
    proxy = make_server("--proxy")
    done = project.sync(
        OPENROUTER_API_BASE=f"https://upstream.invalid:{secure.port}/good",
        HTTPS_PROXY=f"http://127.0.0.1:{proxy.port}",
    )
    assert (done.code, "certificate verify failed" in done.err) == (3, True), done.err
    assert len(proxy.stop()) == 1
    assert secure.stop() == []


def test_a_providers_own_list_through_a_proxy(
    secure: Any, make_server: Callable[..., Any], project: Any, certificates: Path
) -> None:
    """The same way, with the key of that provider, which only the far host hears of."""
    proxy = make_server("--proxy")
    done = project.run(
        *("-m", "modelsync", "list", "openai"),
        OPENAI_API_KEY="sk-canary-0123456789-openai",
        OPENAI_BASE_URL=f"https://upstream.invalid:{secure.port}/good",
        ALL_PROXY=f"http://127.0.0.1:{proxy.port}",
        REQUESTS_CA_BUNDLE=str(certificates / "ca.pem"),
    )
    assert (done.code, done.out.split("\n")[0]) == (0, "OpenAI: 1 model"), done.out
    (tunnel,) = proxy.stop()
    assert "sk-canary" not in tunnel["head"]
    (asked,) = secure.stop()
    assert "Bearer sk-canary-0123456789-openai" in asked["head"]


def test_plain_http_to_another_machine_must_be_allowed(make_server: Callable[..., Any], project: Any) -> None:
    """It is refused before anything is sent, with the setting that allows it; then it goes through the proxy for http."""
    proxy = make_server()
    variables = {"OPENROUTER_API_BASE": "http://upstream.invalid/v1", "HTTP_PROXY": f"http://127.0.0.1:{proxy.port}"}
    done = project.sync(**variables)
    assert (done.code, "OPENROUTER_API_BASE is without TLS: http://upstream.invalid/v1" in done.err) == (2, True)
    assert "providers.openrouter.allow_http = true" in done.err
    assert project.sync("--source", "http://upstream.invalid/x").code == 2
    (project.folder / "modelsync.toml").write_text("[providers.openrouter]\nallow_http = true\n")
    assert project.sync(**variables).code == 3
    (asked,) = proxy.stop()
    assert asked["path"] == "http://upstream.invalid/v1/models"
