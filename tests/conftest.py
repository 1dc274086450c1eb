"""What every test may ask for: the repository, the recorded data beside it, how hard the property tests try."""

from __future__ import annotations

import ipaddress
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, settings

from command import record
from forkserver import ForkServers

REPO = Path(__file__).resolve().parent.parent

settings.register_profile(
    "default", max_examples=100, derandomize=True, deadline=None, database=None, print_blob=True
)  # the same examples on every machine: a failure is the change's fault, not chance's
settings.register_profile(
    "fuzz", max_examples=20_000, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)


def pytest_configure() -> None:
    """Choose the profile that HYPOTHESIS_PROFILE names, and keep the tests on this machine."""
    settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))
    sys.addaudithook(_stay_on_this_machine)


@pytest.hookimpl(trylast=True)  # after Hypothesis has marked its tests
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Measure no coverage in property tests and on recorded data: they walk the same lines hundreds of times, and tracing
    triples what that takes. So a line is covered when a test that names its case reaches it, in every clone. Of the cases of
    one test that starts processes the first is measured: each process takes half as long again with coverage in it.
    """
    measured: set[str] = set()
    for item in items:
        walks = item.get_closest_marker("hypothesis") or "shared_data" in getattr(item, "fixturenames", ())
        test = item.nodeid.partition("[")[0]
        if walks or (test in measured and item.path.parent.name == "cli"):
            item.add_marker("no_cover")
        measured.add(test)


def _stay_on_this_machine(event: str, arguments: tuple[object, ...]) -> None:
    """Fail whoever connects to an address that is not this machine's own."""
    if event != "socket.connect":
        return
    address = cast("tuple[str, int] | str | bytes", arguments[1])
    if not isinstance(address, tuple):
        return  # a Unix socket
    host = address[0]
    if host != "localhost" and not ipaddress.ip_address(host.partition("%")[0]).is_loopback:
        message = f"a test tried to reach {host}; tests talk to this machine only"
        raise RuntimeError(message)


@pytest.fixture(scope="session", autouse=True)
def nothing_left_behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Give this process, and those that inherit its environment, a folder for temporary files; the tests must leave it empty."""
    tmp_path_factory.getbasetemp()  # the tests' own folders stay where they are, to be looked into
    before = os.environ.get("TMPDIR")
    with tempfile.TemporaryDirectory(prefix="modelsync-tests-") as folder:
        Path(folder).chmod(0o711)  # some tests run processes as another user
        os.environ["TMPDIR"] = tempfile.tempdir = folder
        yield
        left = sorted(path.name for path in Path(folder).iterdir())
    tempfile.tempdir = None
    del os.environ["TMPDIR"]
    if before is not None:
        os.environ["TMPDIR"] = before
    assert left == [], "temporary files left behind"


@pytest.fixture(scope="session")
def fork_servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForkServers]:
    """Return the servers that run the command without starting an interpreter each time."""
    servers = ForkServers(tmp_path_factory.mktemp("forkserver"))
    yield servers
    servers.stop()


@pytest.fixture(scope="session")
def repo() -> Path:
    """Return the root of the repository."""
    return REPO


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of recorded listings, catalogs and golden results; skip where there is none.

    It is `../shared/data` beside the repository, or what MODELSYNC_SHARED_DATA names.
    """
    named = os.environ.get("MODELSYNC_SHARED_DATA")
    folder = Path(named) if named else REPO.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"the recorded data is not here: {'MODELSYNC_SHARED_DATA' if named else '../shared/data'}")
    return folder


@pytest.fixture(name="record")
def record_fixture() -> Any:
    """Return the maker of upstream records."""
    return record
