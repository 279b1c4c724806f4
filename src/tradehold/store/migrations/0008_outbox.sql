-- Which events are news, written in their own transaction; and what each person has heard of.

CREATE TABLE outbox (
    supplier_id bigint NOT NULL,
    kind        text NOT NULL,
    id          bigint NOT NULL,
    seq         integer NOT NULL,           -- the event
    at          timestamptz NOT NULL,
    CONSTRAINT outbox_pkey PRIMARY KEY (supplier_id, kind, id, seq)
);
CREATE INDEX outbox_by_time ON outbox (at);

-- Local to the coordinator. What it says is told from the event, in the words of whoever reads it.
CREATE TABLE notification (
    number      bigint GENERATED ALWAYS AS IDENTITY,
    person_id   bigint NOT NULL,
    company_id  bigint NOT NULL,            -- as whose member; 0: an operator
    supplier_id bigint NOT NULL,
    kind        text NOT NULL,
    id          bigint NOT NULL,
    seq         integer NOT NULL,
    security    boolean NOT NULL,           -- always told by a letter of its own
    at          timestamptz NOT NULL,
    read_at     timestamptz,
    mailed_at   timestamptz,                -- when a letter told of it, or when none was wanted
    CONSTRAINT notification_pkey PRIMARY KEY (person_id, supplier_id, kind, id, seq)
);
CREATE UNIQUE INDEX notification_by_number ON notification (person_id, company_id, number);
CREATE INDEX notification_unread ON notification (person_id, company_id) WHERE read_at IS NULL;
CREATE INDEX notification_unmailed ON notification (person_id)
    WHERE mailed_at IS NULL AND (security OR read_at IS NULL);

GRANT SELECT, INSERT, DELETE ON outbox TO tradehold_run;
GRANT SELECT, INSERT, UPDATE ON notification TO tradehold_run;
