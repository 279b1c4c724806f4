"""How often somebody may ask: token buckets, kept in the process, for the API and the pages alike."""

from collections import OrderedDict

import msgspec

_MOST = 10_000  # buckets kept


class Rate(msgspec.Struct, frozen=True):
    """`burst` requests at once, and `per_second` in the long run."""

    per_second: int
    burst: int


class Limits(msgspec.Struct, frozen=True):
    session: Rate = Rate(100, 200)
    address: Rate = Rate(20, 60)
    computing: Rate = Rate(2, 30)  # what anybody may have computed, by the network they are in


_PIECE, _MOST_PIECES = 20_000, 40


def cost_of(length: str, sends: bool) -> int:
    """What a request for computing costs, by its Content-Length: who keeps it back is taken to send much."""
    if not sends:
        return 1
    known = length.isascii() and length.isdigit() and len(length) < 10
    return min(1 + int(length) // _PIECE, _MOST_PIECES) if known else _MOST_PIECES


class Buckets:
    """Token buckets by key. A key that was not seen for long has a full bucket, so the oldest may be
    forgotten."""

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str, now: float, cost: int = 1) -> float:
        """Seconds until a request may come; 0.0 where this one may. What costs more than is left is paid off
        before the next one."""
        left, since = self._left.get(key, (float(self._rate.burst), now))
        left = min(float(self._rate.burst), left + (now - since) * self._rate.per_second)
        wait = 0.0 if left >= 1 else (1 - left) / self._rate.per_second
        self._left[key] = (left if wait else left - cost, now)
        self._left.move_to_end(key)
        if len(self._left) > _MOST:
            self._left.popitem(last=False)
        return wait
