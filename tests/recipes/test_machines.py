"""cron and systemd: the lines as they stand, with this machine's places for theirs."""

from __future__ import annotations

import configparser
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

COMMAND = "/opt/modelsync/bin/modelsync"


def _cron_job(repo: Path) -> tuple[list[str], str, str]:
    lines = (repo / "recipes" / "modelsync.cron").read_text(encoding="utf-8").splitlines()
    (line,) = [line for line in lines if line and not line.startswith("#")]
    *times, user, command = line.split(maxsplit=6)
    return times, user, command


def test_the_cron_line_syncs_and_logs_the_exit_code(forge: Any, run_shell: Any, repo: Path) -> None:
    """It has five times, a user who is not root, and no percent sign, which cron takes for a line break."""
    times, user, command = _cron_job(repo)
    assert len(times) == 5
    assert user != "root"
    assert "%" not in command
    place, log = forge.clone(), forge.folder / "log"
    logger = forge.folder / "bin" / "logger"
    logger.write_text(f'#!/bin/sh\necho "$@" >"{log}"\ncat >>"{log}"\n', encoding="utf-8")
    logger.chmod(0o755)
    here = command.replace("/srv/models", f'"{place}"').replace(COMMAND, f"{forge.folder}/runner{COMMAND[4:]}")
    assert run_shell(here, forge.folder, forge.environment(MODELSYNC_SOURCE=str(forge.source))).returncode == 0
    first, *rest = log.read_text(encoding="utf-8").splitlines()
    assert (first, rest[-1]) == ("-t modelsync", "ended with code 0")
    assert (place / "llm_models.lock.json").exists()


@pytest.mark.parametrize("unit", ["modelsync.service", "modelsync.timer"])
def test_systemd_accepts_the_units(repo: Path, tmp_path: Path, unit: str) -> None:
    """`systemd-analyze verify` has nothing to say, once the command is one that is here."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not on this machine")
    for path in (repo / "recipes" / "systemd").iterdir():
        text = path.read_text(encoding="utf-8").replace(f"{COMMAND} sync", "/bin/true")
        (tmp_path / path.name).write_text(text, encoding="utf-8")
    command = ["systemd-analyze", "verify", "--man=no", str(tmp_path / unit)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_service_is_no_root_s_and_takes_held_changes_for_success(repo: Path) -> None:
    """It runs as a user of its own, may write in one folder only, and exit 4 is no failure; the timer starts it."""
    service = _unit(repo, "modelsync.service")["Service"]
    assert service["User"] not in ("", "root")
    assert service["SuccessExitStatus"] == "4"
    assert service["ReadWritePaths"] == service["WorkingDirectory"]
    assert (service["ProtectSystem"], service["NoNewPrivileges"]) == ("strict", "yes")
    assert service["ExecStart"] == f"{COMMAND} sync"
    assert "OnCalendar" in _unit(repo, "modelsync.timer")["Timer"]


def _unit(repo: Path, name: str) -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser(strict=False, comment_prefixes=("#",))
    parser.optionxform = str  # pyright: ignore[reportAttributeAccessIssue] # the documented way to keep the case of names
    parser.read(repo / "recipes" / "systemd" / name, encoding="utf-8")
    return parser
