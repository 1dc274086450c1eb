"""Show modelsync's main job, offline: a small catalog with comments, the plan, the sync, what changed, the backup.

    python tools/demo.py FOLDER     (make demo)

FOLDER is made anew each time; the files stay there to look at and play with.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

CATALOG = """\
# LLM models the app may call. Reviewed by the platform team; ask before you add one.
# Prices: USD per 1K tokens.

providers:
  openai:
    default_model: gpt-4o-mini        # keep in step with the onboarding docs
    models:
      gpt-4o:
        model: gpt-4o
        description: 'Our general model. Don''t use it for batch work.'
        context_length: 128000
        pricing: { input: 0.005, output: 0.015 }    # raised in 2024, check
        features: [vision, function_calling, house_style]   # house_style is ours

      # the alias the app uses everywhere
      fast:
        model: gpt-4.1-mini
        pricing:
          input: 0.0004
          output: 0.0012
        notes: "ours; nothing upstream speaks of it"

      davinci:
        model: text-davinci-003       # gone upstream, kept until the last job is moved
        pricing: {input: 0.02, output: 0.02}

  anthropic:
    models:
      claude-sonnet-4-5:
        model: claude-sonnet-4-5-20250929   # the provider's own id
        pricing:
          input: 0.003
          output: 0.015
        features: [vision]
"""

SETTINGS = """\
# Which new models a sync may add. Without this file: every base model of openai, anthropic and gemini.
[add]
openai = ["gpt-5.4-mini"]
anthropic = ["claude-sonnet-5"]
"""

DONE_OR_PARTIAL = (0, 4)


def say(text: str) -> None:
    """Print a heading between the commands."""
    print(f"\n== {text}", flush=True)


def run(folder: Path, *words: str, allowed: tuple[int, ...]) -> None:
    """Show a command as a person would type it and run it in `folder`; stop the demo when its exit code is not allowed."""
    print(f"$ {' '.join(words)}", flush=True)
    scripts = Path(sys.executable).parent
    ours = ("MODELSYNC_", "DRY_RUN", "PRUNE")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    environment["PATH"] = f"{scripts}{os.pathsep}{environment.get('PATH', os.defpath)}"
    program = shutil.which(words[0], path=environment["PATH"]) or words[0]
    done = subprocess.run([program, *words[1:]], cwd=folder, env=environment, stdin=subprocess.DEVNULL, check=False)
    if done.returncode not in allowed:
        sys.exit(f"demo: `{' '.join(words)}` ended with exit code {done.returncode}")


def main() -> int:
    """Run the demo in the folder that the command line names."""
    folder = Path(sys.argv[1])
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "llm_models.yml").write_text(CATALOG, encoding="utf-8")
    (folder / "modelsync.toml").write_text(SETTINGS, encoding="utf-8")

    say(f"A catalog as a team keeps it: {folder}/llm_models.yml")
    print(CATALOG, end="", flush=True)
    say("What would a sync change? Nothing is written yet.")
    run(folder, "modelsync", "sync", "--dry-run", "--source", "snapshot", allowed=DONE_OR_PARTIAL)
    say("Do it, from the list that is embedded in the package.")
    shutil.copy(folder / "llm_models.yml", folder / "before.yml")
    run(folder, "modelsync", "sync", "--source", "snapshot", allowed=DONE_OR_PARTIAL)
    say("What changed in the file: the planned lines, and no other byte.")
    run(folder, "diff", "-u", "before.yml", "llm_models.yml", allowed=(1,))
    say("Where the old one is; `restore` brings it back.")
    run(folder, "modelsync", "backups", allowed=(0,))
    ours = shlex.quote(os.path.relpath(Path(sys.executable).parent / "modelsync", folder))
    say("Your turn: change something in the file, sync again, undo it.")
    print(f"cd {shlex.quote(str(folder))}\n{ours} sync --source snapshot\n{ours} restore")
    return 0


if __name__ == "__main__":
    sys.exit(main())
