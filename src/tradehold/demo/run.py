"""The two ways to see the demo: played once and printed, or served for a person to play with."""

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import msgspec
from msgspec.structs import replace
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from tradehold.demo import stories
from tradehold.demo.play import DAY, Demo, DemoClock, DemoError
from tradehold.domain.identity import Kind, Ref, public_id
from tradehold.domain.ledger import trial_balance
from tradehold.domain.money import Money, plain
from tradehold.main import PORT, Platform, background, now, platform, serve
from tradehold.settings import Settings
from tradehold.store import people, views
from tradehold.store.migrate import reset

err = Console(stderr=True)


@asynccontextmanager
async def _stage(settings: Settings, port: int = PORT) -> AsyncIterator[Demo]:
    """The demo's platform, as far as it was played. Refused on a database that holds anything else."""
    clock = DemoClock()
    settings = replace(settings, smtp_url="")  # the demo's people have no real addresses
    async with platform(settings, clock, port) as it:
        played = await people.setting(it.pool, "demo")
        if played is None and not await views.is_empty(it.pool):
            raise DemoError(
                "This database holds something that the demo did not make, so the demo is not played here. "
                "Give it an empty one: set TRADEHOLD_HOME to another folder, or TRADEHOLD_DATABASE_URL to "
                "another database."
            )
        if played == "playing":  # it was interrupted: everything here is the demo's own, so it begins anew
            await reset(it.url)
            played = None
        if played is None:
            shutil.rmtree(settings.home / "sandbox-bank", ignore_errors=True)
            shutil.rmtree(settings.mail_folder, ignore_errors=True)
        yield Demo(it, clock)


async def _play(demo: Demo, part: str, quiet: bool) -> None:
    """Plays up to `part` ("ended" or "open"), from wherever the demo stands."""
    pool = demo.platform.pool
    played = await people.setting(pool, "demo")
    first = await people.setting(pool, "demo_start")
    start = datetime.fromisoformat(first) if first else _first_morning()
    todo = []
    if played is None:
        todo.append((stories.ENDED, range(stories.OVER), "ended"))
    if part == "open" and played != "open":
        todo.append((stories.OPEN, range(stories.OVER, stories.DAYS), "open"))
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("days"))
    with Progress(*columns, console=err, transient=True, disable=quiet) as progress:
        task = progress.add_task(
            "playing the demo's stories", total=sum(len(days) for _, days, _ in todo) or None
        )
        for cast_of, days, name in todo:
            await people.put_setting(pool, "demo", "playing")
            await people.put_setting(pool, "demo_start", start.isoformat())
            if name == "ended":
                demo.clock.at = start - 3 * DAY  # a payout account waits two days before it can be used
                await demo.found()
            else:
                await demo.recall()
                demo.clock.at = start + days.start * DAY
            await stories.play(demo, start, cast_of, days, lambda day: progress.advance(task))
            await demo.read_up()
            await people.put_setting(pool, "demo", name)


def _first_morning() -> datetime:
    """Nine o'clock so many days ago that the last morning of the stories is today's or yesterday's."""
    today = now().replace(hour=9, minute=0, second=0, microsecond=0)
    return today - stories.DAYS * DAY - (DAY if today > now() else 0 * DAY)


async def once(settings: Settings, json: bool) -> int:
    """Plays the stories that come to an end, and tells them."""
    async with _stage(settings) as demo:
        await _play(demo, "ended", json)
        told = await _tell(demo.platform)
    if json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(told), indent=2).decode() + "\n")
    else:
        _show(told)
    return 0 if not any(told["trial_balance"].values()) and not told["holds"] else 1


async def _tell(it: Platform) -> dict[str, Any]:
    rows = [row for row in await views.machines(it.pool, Kind.TRADE, limit=1000) if row.ref.owner]
    timeline: list[dict[str, Any]] = []
    postings: list[dict[str, Any]] = []
    for row in reversed(rows):
        name = public_id(row.ref)
        for event in await views.events(it.pool, row.ref):
            body = msgspec.to_builtins(event.recorded.event)
            timeline.append(
                {"at": event.recorded.at, "trade": name, "title": row.state.deal.title, **_brief(body)}
            )
        for one in await views.postings(it.pool, row.ref):
            amount = {"minor": one.minor, "currency": one.currency}
            postings.append(
                {"at": one.at, "trade": name, "debit": one.debit, "credit": one.credit, "amount": amount}
            )
    balances = await views.balances(it.pool)
    return {
        "trades": [_summary(row) for row in rows],
        "trial_balance": trial_balance(balances),
        "holds": [
            {"trade": public_id(Ref(owner, Kind.TRADE, subject)), "minor": minor, "currency": currency}
            for owner, subject, currency, minor in await views.bounded(it.pool, "hold")
        ],
        "where": [
            {"account": account, "currency": currency, "minor": minor}
            for account, currency, minor in balances
            if minor
        ],
        "timeline": sorted(timeline, key=lambda one: one["at"]),
        "postings": sorted(postings, key=lambda one: one["at"]),
    }


def _summary(row: views.Row) -> dict[str, Any]:
    trade = row.state
    name = public_id(row.ref)
    return {"id": name, "title": trade.deal.title, "stage": trade.stage, "outcome": trade.outcome}


def _brief(body: dict[str, Any]) -> dict[str, Any]:
    """An event without the contract's text and the clocks: what a person wants to read in a list."""
    return {
        "event": body["type"],
        **{k: v for k, v in body.items() if k not in ("type", "terms", "clocks", "hash")},
    }


def _show(told: dict[str, Any]) -> None:
    out = Console()
    line = Table("when", "trade", "what happened", box=None, title="Timeline", title_justify="left")
    for one in told["timeline"]:
        line.add_row(f"{one['at']:%d %b %H:%M}", one["title"], one["event"].replace("_", " "))
    out.print(line)
    booked = Table("when", "trade", "debit", "credit", box=None, title="\nPostings", title_justify="left")
    booked.add_column("amount", justify="right")
    for one in told["postings"]:
        booked.add_row(
            f"{one['at']:%d %b %H:%M}", one["trade"], one["debit"], one["credit"], _amount(one["amount"])
        )
    out.print(booked)
    where = Table("account", box=None, title="\nWhere every cent is", title_justify="left")
    where.add_column("balance", justify="right")
    for one in told["where"]:
        where.add_row(one["account"], _amount(one))
    out.print(where)
    for currency, difference in sorted(told["trial_balance"].items()):
        out.print(f"Trial balance {currency}: {plain(Money(difference, currency))}")
    for trade in told["trades"]:
        out.print(f"{trade['id']}  {trade['title']}: {trade['outcome'] or trade['stage']}")


def _amount(money: dict[str, Any]) -> str:
    return f"{plain(Money(money['minor'], money['currency']))} {money['currency']}"


async def served(settings: Settings, port: int, json: bool) -> int:
    """Plays everything that was not played yet, prints a sign-in link for each role, and serves until
    Ctrl-C."""
    async with _stage(settings, port) as demo:
        await _play(demo, "open", quiet=json)
        await demo.resume()
        url = f"http://localhost:{port}"
        links = [{**msgspec.to_builtins(link), "url": url + link.path} for link in await demo.sign_in_links()]
        mail = str(settings.mail_folder)
        beside = asyncio.create_task(background(demo.platform))
        try:
            await serve(demo.platform, port, lambda: _invite(url, links, mail, json), demo)
        finally:
            beside.cancel()
    return 0


def _invite(url: str, links: list[dict[str, str]], mail: str, json: bool) -> None:
    if json:
        sys.stdout.write(msgspec.json.encode({"url": url, "sign_in": links, "mail": mail}).decode() + "\n")
        sys.stdout.flush()
        return
    out = Console()
    out.print(f"\nTradehold's demo is at {url}  (Ctrl-C ends it)\n")
    for link in links:
        out.print(f"  {link['role']:<9} {link['name']:<14} {link['url']}", soft_wrap=True)
    out.print(f"\nWhat people are told by e-mail lies in {mail}, one .eml file a letter.", soft_wrap=True)
    out.print()
