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
    COMPANY = "company"  # the company itself, towards its own standing, limits and accounts
    OPERATOR = "operator"
    PAIR = "pair"
    RAIL = "rail"
    CLOCK = "clock"
    MACHINE = "machine"
    STRANGER = "stranger"


class Duty(StrEnum):
    """What a command or a view takes of whoever asks for it."""

    READ = "read"
    TALK = "talk"
    TRADE = "trade"
    FINANCE = "finance"
    MANAGE = "manage"


class Grade(StrEnum):
    """What somebody is within a company, or within the platform's own staff. An API key has one, too: its
    scope `read` is that of a viewer, `trade` a trader's, `finance` finance's."""

    OWNER = "owner"
    TRADER = "trader"
    FINANCE = "finance"
    VIEWER = "viewer"


DUTIES: dict[Grade, frozenset[Duty]] = {
    Grade.OWNER: frozenset(Duty),
    Grade.TRADER: frozenset({Duty.READ, Duty.TALK, Duty.TRADE}),
    Grade.FINANCE: frozenset({Duty.READ, Duty.TALK, Duty.FINANCE}),
    Grade.VIEWER: frozenset({Duty.READ}),
}


class Actor(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who did it: stands in every event. `second` is the operator who agreed, for a pair; `grade` what a
    member or an operator may do, nothing where there is none; `key` the API key that was used."""

    role: Role
    company: int = 0
    member: int = 0
    second: int = 0
    grade: Grade | None = None
    key: int = 0


RAIL = Actor(Role.RAIL)
CLOCK = Actor(Role.CLOCK)
MACHINE = Actor(Role.MACHINE)
