-- What one command touches lives with its supplier: supplier_id leads every key, so that the tables can be
-- distributed by it. Owner 0 is the platform itself.

CREATE TABLE machine (
    supplier_id bigint NOT NULL,
    kind        text NOT NULL,
    id          bigint NOT NULL,
    version     integer NOT NULL,           -- how many events it has
    stage       text NOT NULL,
    buyer_id    bigint NOT NULL,            -- of a trade; 0 elsewhere
    title       text NOT NULL,              -- of a trade, to search by; empty elsewhere
    moved_at    timestamptz NOT NULL,
    state       bytea NOT NULL,             -- JSON: the fold of its events
    head        bytea NOT NULL,             -- the hash chain's last link
    CONSTRAINT machine_pkey PRIMARY KEY (supplier_id, kind, id),
    CONSTRAINT machine_version_positive CHECK (version > 0),
    CONSTRAINT machine_stage_known CHECK (/*stages*/ true)
);
CREATE INDEX machine_by_id ON machine (kind, id);
CREATE INDEX machine_by_buyer ON machine (buyer_id, id) WHERE kind = 'trade';
CREATE INDEX machine_by_stage ON machine (kind, stage, id);

CREATE TABLE event (
    supplier_id bigint NOT NULL,
    kind        text NOT NULL,
    id          bigint NOT NULL,
    seq         integer NOT NULL,
    at          timestamptz NOT NULL,
    body        bytea NOT NULL,             -- canonical JSON: the very bytes that are hashed
    hash        bytea NOT NULL,
    CONSTRAINT event_pkey PRIMARY KEY (supplier_id, kind, id, seq)
);

CREATE TABLE posting (
    supplier_id    bigint NOT NULL,
    kind           text NOT NULL,
    id             bigint NOT NULL,
    seq            integer NOT NULL,        -- the event that booked it
    n              smallint NOT NULL,
    trade_id       bigint NOT NULL,         -- the trade it concerns; 0 for none
    at             timestamptz NOT NULL,
    debit          text NOT NULL,
    debit_subject  bigint NOT NULL,
    credit         text NOT NULL,
    credit_subject bigint NOT NULL,
    minor          bigint NOT NULL,
    currency       text NOT NULL,
    CONSTRAINT posting_pkey PRIMARY KEY (supplier_id, kind, id, seq, n),
    CONSTRAINT posting_amount_bounded CHECK (minor > 0 AND minor < 1000000000000000),
    CONSTRAINT posting_moves_something CHECK ((debit, debit_subject) <> (credit, credit_subject)),
    CONSTRAINT posting_currency_code CHECK (currency ~ '^[A-Z]{3}$')
);
CREATE INDEX posting_by_trade ON posting (supplier_id, trade_id);

-- Only bounded accounts have a running balance: nobody queues for a hot row of the platform's own.
CREATE TABLE balance (
    supplier_id bigint NOT NULL,
    account     text NOT NULL,
    subject     bigint NOT NULL,
    currency    text NOT NULL,
    minor       bigint NOT NULL,
    CONSTRAINT balance_pkey PRIMARY KEY (supplier_id, subject, account, currency),
    CONSTRAINT balance_not_negative CHECK (minor >= 0)
) WITH (fillfactor = 80);

-- Deadlines, and what one machine asked of another: both are commands that wait for their time.
CREATE TABLE due (
    supplier_id bigint NOT NULL,
    key         text NOT NULL,
    at          timestamptz NOT NULL,
    command     bytea NOT NULL,
    attempts    integer NOT NULL DEFAULT 0,
    refusal     text NOT NULL DEFAULT '',
    CONSTRAINT due_pkey PRIMARY KEY (supplier_id, key)
);
CREATE INDEX due_by_time ON due (at);

CREATE TABLE idempotency (
    supplier_id bigint NOT NULL,
    key         text NOT NULL,
    input       bytea NOT NULL,
    answer      bytea NOT NULL,
    seen        integer NOT NULL DEFAULT 1,
    at          timestamptz NOT NULL,
    CONSTRAINT idempotency_pkey PRIMARY KEY (supplier_id, key)
);

-- Personal data stands apart from the record, which holds only its commitment: erasing a row erases the
-- person.
CREATE TABLE personal (
    supplier_id bigint NOT NULL,
    commitment  text NOT NULL,
    salt        text NOT NULL,
    value       text NOT NULL,
    CONSTRAINT personal_pkey PRIMARY KEY (supplier_id, commitment)
);

-- Reference: the same on every node.
CREATE TABLE company (
    id           bigint NOT NULL,
    name         text NOT NULL,
    country      text NOT NULL,
    address      text NOT NULL,
    registration text NOT NULL,
    zone         text NOT NULL,
    language     text NOT NULL,
    CONSTRAINT company_pkey PRIMARY KEY (id)
);

-- Local to the coordinator.
CREATE TABLE member (
    id         bigint NOT NULL,
    company_id bigint NOT NULL,             -- 0: the platform's operators
    name       text NOT NULL,
    language   text NOT NULL,
    zone       text NOT NULL,
    CONSTRAINT member_pkey PRIMARY KEY (id)
);

CREATE TABLE session (
    token_hash bytea NOT NULL,
    member_id  bigint NOT NULL,
    csrf       text NOT NULL,
    made_at    timestamptz NOT NULL,
    ends_at    timestamptz NOT NULL,
    CONSTRAINT session_pkey PRIMARY KEY (token_hash)
);

CREATE TABLE bank_file (
    name      text NOT NULL,
    direction text NOT NULL,
    at        timestamptz NOT NULL,
    sha256    text NOT NULL,
    body      bytea NOT NULL,
    CONSTRAINT bank_file_pkey PRIMARY KEY (direction, sha256),
    CONSTRAINT bank_file_direction CHECK (direction IN ('in', 'out'))
);

CREATE TABLE setting (
    key   text NOT NULL,
    value text NOT NULL,
    CONSTRAINT setting_pkey PRIMARY KEY (key)
);
