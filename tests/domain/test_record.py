"""The record: a chain that anybody can recompute, broken by any change."""

import hashlib
import json

from tests.world import terms
from tradehold.domain.contract import revision_hash
from tradehold.domain.identity import Kind, Ref
from tradehold.domain.record import GENESIS, canonical, commitment, link

TRADE = Ref(7, Kind.TRADE, 9)


def chain(bodies: list[bytes], ref: Ref = TRADE) -> bytes:
    head = GENESIS
    for seq, body in enumerate(bodies, 1):
        head = link(head, ref, seq, body)
    return head


def test_the_chain_can_be_recomputed_by_hand() -> None:
    first = hashlib.sha256(bytes(32) + b"7/trade/9/1\n" + b"{}").digest()
    assert chain([b"{}", b"[]"]) == hashlib.sha256(first + b"7/trade/9/2\n[]").digest()


def test_any_change_changes_the_head() -> None:
    heads = [
        chain([b"a", b"b"]), chain([b"b", b"a"]), chain([b"a"]), chain([b"a", b"c"]), chain([b"ab"]),
        chain([b"a", b"b"], Ref(8, Kind.TRADE, 9)), chain([b"a", b"b"], Ref(7, Kind.PAYOUT, 9)),
    ]  # fmt: skip
    assert len(set(heads)) == len(heads)


def test_canonical_form_does_not_depend_on_the_order_of_dictionaries() -> None:
    assert canonical({"b": 1, "a": {"d": 2, "c": 3}}) == canonical({"a": {"c": 3, "d": 2}, "b": 1})


def test_the_hash_of_a_contract_stays_what_it_is() -> None:
    assert (
        revision_hash(terms(requirements=(), answers=()))
        == "f588073ee02706de3d1299f89f51fcebfec18814cac4808817a12383a89f48e9"
    )
    assert json.loads(canonical(terms()))["lines"][0]["unit_price"] == "8.00"


def test_any_term_changes_the_hash() -> None:
    changed = [
        terms(),
        terms(title="x"),
        terms(remarks="x"),
        terms(surplus="keep"),
        terms(long_stop_days=119),
    ]
    assert len({revision_hash(one) for one in changed}) == len(changed)


def test_a_commitment_needs_both_salt_and_value() -> None:
    assert len({commitment("s", "Ana"), commitment("t", "Ana"), commitment("s", "Eva")}) == 3
