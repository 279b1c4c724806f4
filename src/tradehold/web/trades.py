"""The list of trades: the visitor's own, or all for an operator; by stage, by words, page by page."""

from collections.abc import Mapping
from urllib.parse import urlencode

from litestar import get

from tradehold.domain.command import Side
from tradehold.domain.identity import Ref, public_id, token
from tradehold.domain.money import Money
from tradehold.domain.reference import rf_reference
from tradehold.domain.trade import Stage, Trade
from tradehold.engine.access import list_trades
from tradehold.store import reading, views
from tradehold.store.views import PAGE, Row
from tradehold.web import line, unprotected, words
from tradehold.web.i18n import mark
from tradehold.web.sheet import INSTANT
from tradehold.web.visit import Page, Req, Visitor, landing, see_other, show, visitor

_MOST_TYPED = 200


@get("/", opt={"needs": "session"})
async def home(request: Req) -> Page:
    """Whoever acts for no company has nothing but themselves here."""
    return see_other(landing(visitor(request)))


@get("/trades", opt={"needs": "trades"})
async def trades_page(request: Req) -> Page:
    here, query = visitor(request), request.query_params
    stage = query.get("stage", "") if query.get("stage") in set(Stage) else ""
    asked = query.get("query", "").replace("\x00", "").strip()[:_MOST_TYPED]
    before = int(query["before"]) if query.get("before", "").isdecimal() else views.LAST
    pool = here.desk.services.pool
    rows = await list_trades(pool, here.actor, min(before, views.LAST), PAGE + 1, stage, asked)
    shown = rows[:PAGE]
    names = await views.companies(pool, {row.ref.owner for row in shown})
    read = await reading.read_by(pool, here.actor.member, [row.ref for row in shown])
    older = {"stage": stage, "query": asked, "before": str(shown[-1].ref.id)} if len(rows) > PAGE else None
    newer = before != views.LAST
    start = None if here.operates else {"href": "/trades/new", "label": here.t("Draft a contract")}
    return await show(
        here,
        "trades.html",
        trades=[
            _listed(here, row, names[row.ref.owner].name if row.ref.owner in names else "")
            | {"unread": _unread(here, row, read)}
            for row in shown
        ],
        stages=_stages(here, stage, asked),
        query=asked,
        stage=stage,
        newer="/trades?" + urlencode({"stage": stage, "query": asked}) if newer else None,
        older="/trades?" + urlencode(older) if older else None,
        start=start,
    )


def _stages(here: Visitor, chosen: str, query: str) -> list[dict[str, object]]:
    offered = [("", here.t("All")), *((stage.value, here.t(name)) for stage, name in words.STAGES.items())]
    return [
        {
            "href": "/trades?" + urlencode({"stage": code, "query": query}),
            "label": label,
            "current": code == chosen,
            "count": None,
        }
        for code, label in offered
    ]


def _listed(here: Visitor, row: Row, supplier: str) -> dict[str, object]:
    t, trade = here.t, row.state
    buys = here.actor.company == trade.deal.buyer
    both = t("{buyer} from {supplier}", buyer=trade.deal.buyer_name, supplier=supplier)
    stage = words.OUTCOMES[trade.outcome] if trade.stage is Stage.SETTLED else words.STAGES[trade.stage]
    return {
        "url": f"/trades/{public_id(row.ref)}",
        "title": trade.deal.title,
        "reference": rf_reference(token(row.ref)),
        "counterparty": both if here.operates else supplier if buys else trade.deal.buyer_name,
        "side": "" if here.operates else t("You buy from them") if buys else t("You sell to them"),
        "steps": line.small_steps(trade),
        "stage": t(stage),
        "money": Money(trade.deal.total, trade.deal.currency),
        "unprotected": unprotected.label(here.f, trade.deal),
        "next": _next(here, trade, supplier),
        "rests": t("stopped by a legal freeze") if trade.freezes else t("settled"),
    }


def _unread(here: Visitor, row: Row, read: Mapping[Ref, int]) -> int:
    """Messages that came since the visitor's mark. An operator sees all trades, and is told only of those
    they have looked into."""
    if here.operates and row.ref not in read:
        return 0
    trade: Trade = row.state
    return max(0, trade.messages - read.get(row.ref, 0))


# What a deadline asks for: of somebody else, and of the reader; nothing of either where operators are due.
_OPERATORS = (mark("waits for a check"), "")
_STEPS = {
    "silence": (mark("must answer"), mark("answer")),
    "payment": (mark("must pay"), mark("pay")),
    "balance": (mark("must pay"), mark("pay")),
    "ship_by": (mark("must ship"), mark("make and ship")),
    "prove": (mark("may show a shipment in time"), mark("show that it shipped in time")),
    "contest": (mark("may contest the evidence"), mark("look at the evidence")),
    "decide": (mark("waits for the operators"), ""),
    "choose": (mark("chooses"), mark("take the goods or claim")),
    "return": (mark("confirms the return"), mark("confirm the return")),
}
_BUYERS = frozenset({Stage.CONFIRMED, Stage.PRODUCED, Stage.SHIPPED, Stage.LATE})
_SUPPLIERS = frozenset({Stage.PRODUCING, Stage.READY, Stage.RETURNING})


def _next(here: Visitor, trade: Trade, supplier: str) -> dict[str, object] | None:
    """The next deadline, what it is about, and whether it waits for the visitor."""
    if not trade.clocks:
        return None
    name, at = min(trade.clocks.items(), key=lambda one: (one[1], one[0]))
    t, stage = here.t, trade.stage
    buyers = stage in _BUYERS or (stage is Stage.OVERDUE and "prove" not in trade.clocks)
    if stage is Stage.PRODUCING and ("balance" in trade.clocks or trade.lacking):
        buyers = True
    mine = here.actor.company == trade.deal.buyer if buyers else here.actor.company != trade.deal.buyer
    if stage is Stage.DRAFT:
        side = Side.BUYER if here.actor.company == trade.deal.buyer else Side.SUPPLIER
        mine = side not in trade.confirmed_by
    others, own = _STEPS.get(name.partition(":")[0], _OPERATORS)
    mine = mine and bool(own) and not here.operates
    who = trade.deal.buyer_name if buyers else supplier
    if stage is Stage.DRAFT:
        who = supplier if trade.confirmed_by == (Side.BUYER,) else trade.deal.buyer_name
    return {"at": at - INSTANT, "who": who, "what": t(own if mine else others), "mine": mine}
