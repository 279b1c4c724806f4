"""What all tests share: async tests run as they are, and a folder that the database server may enter."""

import asyncio
import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.folders import folder_for_all


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """An `async def` test runs on an event loop of its own; fixtures stay synchronous."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    wanted = {name: pyfuncitem.funcargs[name] for name in inspect.signature(pyfuncitem.obj).parameters}
    with asyncio.Runner() as runner:
        runner.run(pyfuncitem.obj(**wanted))
    return True


@pytest.fixture
def open_folder() -> Iterator[Path]:
    with folder_for_all() as folder:
        yield folder


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How many questions of who may do what were asked."""
    checks = sum(
        int(str(value))
        for report in terminalreporter.getreports("passed")
        for name, value in getattr(report, "user_properties", ())
        if name == "authorisation"
    )
    if checks:
        terminalreporter.write_line(f"authorisation: {checks:,} checks")
