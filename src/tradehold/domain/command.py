"""The envelope every command travels in: what to do, to which machine, by whom, when, and the key that makes
doing it twice the same as doing it once."""

from enum import StrEnum

import msgspec


class Role(StrEnum):
    MEMBER = "member"  # of a company: buyer in one trade, supplier in another
    OPERATOR = "operator"  # the platform's own staff
    PAIR = "pair"  # two operators: what a pending approval becomes when the second one agrees
    RAIL = "rail"  # a bank or processor, as read from its own files
    CLOCK = "clock"  # a deadline that passed
    MACHINE = "machine"  # what one machine asks of another


class Side(StrEnum):
    """Where an actor stands towards one machine: the column of the authorisation table."""

    BUYER = "buyer"
    SUPPLIER = "supplier"
    OPERATOR = "operator"
    PAIR = "pair"
    RAIL = "rail"
    CLOCK = "clock"
    MACHINE = "machine"
    STRANGER = "stranger"


class Actor(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who did it: stands in every event. `second` is the operator who agreed, for a pair."""

    role: Role
    company: int = 0
    member: int = 0
    second: int = 0


RAIL = Actor(Role.RAIL)
CLOCK = Actor(Role.CLOCK)
MACHINE = Actor(Role.MACHINE)
