-- Letters that wait to be sent, and those that were. Local to the coordinator.

CREATE TABLE letter (
    id        bigint GENERATED ALWAYS AS IDENTITY,
    key       text NOT NULL,                -- the same letter asked for twice is one
    person_id bigint NOT NULL,              -- 0 where it goes to somebody who is nobody here yet
    address   text NOT NULL,
    kind      text NOT NULL,
    subject   text NOT NULL,
    body      text NOT NULL,
    leave     text NOT NULL DEFAULT '',     -- where to unsubscribe; empty for what nobody can do without
    made_at   timestamptz NOT NULL,
    due_at    timestamptz NOT NULL,
    attempts  integer NOT NULL DEFAULT 0,
    problem   text NOT NULL DEFAULT '',
    sent_at   timestamptz,
    CONSTRAINT letter_pkey PRIMARY KEY (id)
);
CREATE UNIQUE INDEX letter_by_key ON letter (key);
CREATE INDEX letter_by_due ON letter (due_at) WHERE sent_at IS NULL;
GRANT SELECT, INSERT, UPDATE ON letter TO tradehold_run;
