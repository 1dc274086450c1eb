"""The command as a process of its own: what it starts from, in which environment it runs, and what comes of it."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any, NamedTuple

import modelsync

SOURCES = str(Path(modelsync.__path__[0]).parent)
MODULE = [sys.executable, "-m", "modelsync"]

CATALOG = """\
# ours
providers:
  openai:
    models:
      gpt-4o:
        model: gpt-4o  # the good one
        context_length: 128000
        max_output_tokens: 16384
        pricing:
          input: 0.0025
          output: 0.01
        features: []
"""


def record(
    model_id: str = "openai/gpt-4o", prompt: str = "0.0000025", completion: str = "0.00001", **more: Any
) -> dict[str, Any]:
    """Write one model as upstream does; as it is, `CATALOG` agrees with it. Prices are USD per token."""
    return {
        "id": model_id,
        "context_length": 128000,
        "pricing": {"prompt": prompt, "completion": completion},
        "top_provider": {"max_completion_tokens": 16384},
    } | more


class Done(NamedTuple):
    """What came of a run."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as JSON."""
        return json.loads(self.out)


def environment(scratch: Path, **variables: str) -> dict[str, str]:
    """Return all that a run of this source needs, and nothing of this machine's. Home and temporary files are in `scratch`.

    What runs in it is not measured by coverage, which would more than double the time that a short run takes.
    """
    own = {"HOME": str(scratch), "TMPDIR": str(scratch), "LANG": "C.UTF-8"}
    return {"PATH": os.environ["PATH"], "PYTHONPATH": SOURCES, **own, **variables}


def measured() -> dict[str, str]:
    """Return the variables with which coverage, where it is on, measures a process too."""
    return {name: os.environ[name] for name in ("COVERAGE_PROCESS_CONFIG",) if name in os.environ}
