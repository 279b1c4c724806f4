"""Ends the PostgreSQL server of one folder: the part of the supervisor that outlives its makers.

Whether a server lives is asked of the kernel, never of a pid file. The postmaster inherits an exclusive
flock on `server.lock`, and so do all its backends: while any of them lives the lock is held, and no
crash, stale file or reused pid can make it look otherwise. The pid is needed only to send the signal,
and a pid is believed only when its command line names our data folder.

Run as a program (`python -I -S postmaster.py FOLDER`) this file is the keeper: a child of whoever started
the server, in a session of its own. It waits until nobody holds `users.lock` any more, which happens too
when the last user is ended by kill -9, and then shuts the server down. It inherits `keeper.lock` for as
long as it lives, so that the next user sees a keeper that was itself killed and starts another.
It imports the standard library alone: it must run without the project's environment.
"""

import fcntl
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import IO

DATA = "data"
SERVER_LOCK = "server.lock"
USERS_LOCK = "users.lock"
KEEPER_LOCK = "keeper.lock"

# A fast shutdown ends with a checkpoint, which a slow disk can draw out; what follows is the immediate one,
# after which PostgreSQL recovers from its log at the next start, and nothing committed is lost.
_SECONDS_FOR_FAST = 60.0
_SECONDS_FOR_IMMEDIATE = 10.0
_PAUSE = 0.01


def open_lock(path: Path) -> IO[bytes]:
    return open(path, "ab")


def try_lock(path: Path) -> IO[bytes] | None:
    """The file, exclusively locked until it is closed, or None when somebody else holds it."""
    file = open_lock(path)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file


def noted_pid(data: Path) -> int | None:
    """The pid in postmaster.pid: a claim, and after a crash possibly a stranger's."""
    try:
        return int((data / "postmaster.pid").read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return None


def postmaster_pid(data: Path) -> int | None:
    """The pid of the living postmaster of this very data folder."""
    pid = noted_pid(data)
    return pid if pid is not None and pid > 1 and _runs_postgres_on(pid, data) else None


def _runs_postgres_on(pid: int, data: Path) -> bool:
    try:
        arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        if Path("/proc/self").exists():
            return False
        listed = subprocess.run(
            ["ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, check=False
        )
        return b"postgres -D " + os.fsencode(data) + b" " in listed.stdout
    return os.path.basename(arguments[0]) == b"postgres" and os.fsencode(data) in arguments


def shut_down(root: Path) -> bool:
    """Ends the server of this folder, if one lives. False: it would not end, or has no pid to be found."""
    return _signal_and_wait(root, signal.SIGINT, _SECONDS_FOR_FAST) or _signal_and_wait(
        root, signal.SIGQUIT, _SECONDS_FOR_IMMEDIATE
    )


def _signal_and_wait(root: Path, number: signal.Signals, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    told: int | None = None
    while time.monotonic() < deadline:
        if free := try_lock(root / SERVER_LOCK):
            free.close()
            return True
        # Looked up again in each round: a server that has only just begun has not written its pid yet.
        pid = postmaster_pid(root / DATA)
        if pid is not None and pid != told:
            os.kill(pid, number)
            told = pid
        time.sleep(_PAUSE)
    return False


def _keep(root: Path) -> None:
    with open_lock(root / USERS_LOCK) as users:
        fcntl.flock(users, fcntl.LOCK_EX)
        shut_down(root)


if __name__ == "__main__":
    _keep(Path(sys.argv[1]))
