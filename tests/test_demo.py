"""The demo ends with commands that a newcomer types as they stand."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

COMMAND = Path(sysconfig.get_path("scripts")) / "modelsync"


@pytest.mark.skipif(not COMMAND.exists(), reason="modelsync is not installed here, so the demo has no command to name")
def test_its_last_lines_work_as_typed(repo: Path, tmp_path: Path) -> None:
    """From where the demo was started, without anything on the path and without network."""
    demo = [sys.executable, str(repo / "tools" / "demo.py"), "a demo"]
    done = subprocess.run(demo, cwd=tmp_path, capture_output=True, text=True, check=True)
    typed = done.stdout.rpartition("== Your turn: ")[2].partition("\n")[2]
    assert [line.split()[-1] for line in typed.splitlines()] == ["demo'", "snapshot", "restore"]
    nowhere = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    nowhere |= {"PATH": "/usr/bin:/bin", "HTTPS_PROXY": "http://127.0.0.1:9"}
    script = typed.replace(" sync ", " sync --take openai/fast.pricing ")
    (tmp_path / "script").write_text(f"set -e\n{script}", encoding="utf-8")
    edit = "sed -i.orig 's/input: 0.0004/input: 0.0009/' 'a demo/llm_models.yml'"
    subprocess.run(["sh", "-c", edit], cwd=tmp_path, check=True)
    edited = (tmp_path / "a demo" / "llm_models.yml").read_bytes()
    run = subprocess.run(["sh", "script"], cwd=tmp_path, env=nowhere, capture_output=True, text=True, check=False)
    assert run.returncode in (0, 4), run
    assert "1 updated" in run.stdout
    assert "Restored llm_models.yml from " in run.stdout
    assert (tmp_path / "a demo" / "llm_models.yml").read_bytes() == edited
