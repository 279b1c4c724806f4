"""Connections: one kind for writing (planned once, never re-planned, index look-ups only) and one for
reading.

The role that runs owns nothing: every connection takes on `tradehold_run`, which may not change the record.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import asyncpg

# Only the stubs make these generic.
if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]
    Pool = asyncpg.Pool[asyncpg.Record]
else:
    Connection, Pool = asyncpg.Connection, asyncpg.Pool

# Named here so that no other package imports the driver.
DatabaseError = asyncpg.PostgresError
# The driver calls it an internal error of its own when a server dies between two of its steps.
Gone = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
)

# SQLSTATE classes that say nothing about what was written: no connection, no room, read-only, no resources,
# shutting down, broken files, internal errors.
_NO_SERVICE = ("08", "25", "53", "57", "58", "F0", "XX")


def cannot_serve(error: Exception) -> bool:
    """Whether the database would have refused anything, as opposed to this very content."""
    return isinstance(error, asyncpg.PostgresError) and str(error.sqlstate).startswith(_NO_SERVICE)


# The write statements look few rows up by key in tables of any size. A plan made while a table was small, or
# for more rows than there are, would read the table whole; these settings leave only the index.
_WRITE_SETTINGS = {
    "jit": "off",
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "synchronous_commit": "on",
}


async def connect(url: str, *, writing: bool = False) -> Connection:
    """A connection as the role that runs. Raises one of `Gone` where the server cannot be reached."""
    settings = {"jit": "off", "TimeZone": "UTC", "application_name": "tradehold"}
    if writing:
        settings |= _WRITE_SETTINGS
    connection: Connection = await asyncpg.connect(url, timeout=10, server_settings=settings)
    await connection.execute("SET ROLE tradehold_run")
    return connection


async def make_pool(url: str, size: int = 10) -> Pool:
    """Connections for reading views and for plain tables."""

    async def take_role(connection: Any) -> None:
        await connection.execute("SET ROLE tradehold_run")

    settings = {"jit": "off", "TimeZone": "UTC", "application_name": "tradehold"}
    pool: Pool = await asyncpg.create_pool(
        url, min_size=1, max_size=size, server_settings=settings, setup=take_role, timeout=10
    )
    return pool


@asynccontextmanager
async def pool_of(url: str, size: int = 10) -> AsyncIterator[Pool]:
    pool = await make_pool(url, size)
    try:
        yield pool
    finally:
        await pool.close()


async def as_owner(url: str, work: Callable[[Connection], Awaitable[Any]]) -> Any:
    """Runs `work` on a connection with the rights of the URL's own user: migrations, and nothing else."""
    connection: Connection = await asyncpg.connect(url, timeout=10)
    try:
        return await work(connection)
    finally:
        await connection.close()
