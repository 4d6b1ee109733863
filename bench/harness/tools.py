"""Running programs, and the paths of files."""

import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
WORK = BUILD / "bench"
PEERS = ROOT / "bench" / "peers"


class Failed(Exception):
    """A program failed; the text has the reason."""


def last_words(text: str) -> str:
    """The line that most likely has the error."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith("error")]
    return (errors or lines or ["it said nothing"])[-1]


def name_of(program: str | pathlib.Path) -> str:
    """The path within the tree: a report is also read on other machines."""
    path = pathlib.Path(program)
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else path.name


def run(*command: str | pathlib.Path, seconds: float = 600, env: dict[str, str] | None = None,
        folder: pathlib.Path | None = None) -> str:
    """Returns what the program printed."""
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=seconds, env=env,
                              cwd=folder)
    except OSError as error:
        raise Failed(f"{name_of(command[0])}: {(error.strerror or 'cannot be run').lower()}") from None
    except subprocess.TimeoutExpired:
        raise Failed(f"{name_of(command[0])}: took more than {seconds:g} s") from None
    if done.returncode != 0:
        raise Failed(f"{name_of(command[0])}: {last_words(done.stderr + done.stdout)}")
    return done.stdout
