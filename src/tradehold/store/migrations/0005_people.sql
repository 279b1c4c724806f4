-- People, and what they are in companies. Until here only the demo could be used: what it made is made anew.

DO $$
BEGIN
    IF EXISTS (SELECT FROM machine WHERE kind = 'supplier') THEN
        IF NOT EXISTS (SELECT FROM setting WHERE key = 'demo') THEN
            RAISE EXCEPTION 'this database was made before the first release, and is not the demo''s';
        END IF;
        TRUNCATE machine, event, posting, balance, due, idempotency, personal, company, member, session,
                 bank_file, setting;
    END IF;
END
$$;

CREATE SEQUENCE company_number START 1000;
CREATE SEQUENCE person_number START 1000;

ALTER TABLE member RENAME TO person;
ALTER TABLE person RENAME CONSTRAINT member_pkey TO person_pkey;

CREATE TABLE membership (
    person_id  bigint NOT NULL,
    company_id bigint NOT NULL,             -- 0: the platform's operators
    grade      text NOT NULL,
    since      timestamptz NOT NULL,
    CONSTRAINT membership_pkey PRIMARY KEY (person_id, company_id),
    CONSTRAINT membership_grade CHECK (grade IN ('owner', 'trader', 'finance', 'viewer'))
);
CREATE INDEX membership_by_company ON membership (company_id, person_id);
ALTER TABLE person DROP COLUMN company_id;

ALTER TABLE person ADD COLUMN email text NOT NULL DEFAULT '';       -- verified
ALTER TABLE person ADD COLUMN password text NOT NULL DEFAULT '';    -- argon2id; empty: none
ALTER TABLE person ADD COLUMN totp text NOT NULL DEFAULT '';        -- sealed; empty: none
ALTER TABLE person ADD COLUMN totp_step bigint NOT NULL DEFAULT 0;  -- the last one used: none counts twice
ALTER TABLE person ADD COLUMN mail text NOT NULL DEFAULT 'at_once';
ALTER TABLE person ADD COLUMN made_at timestamptz NOT NULL DEFAULT now();
ALTER TABLE person ADD CONSTRAINT person_mail CHECK (mail IN ('at_once', 'daily', 'never'));
CREATE UNIQUE INDEX person_by_email ON person (lower(email)) WHERE email <> '';

-- A form that registers a company is sent twice and registers one.
CREATE TABLE registration (
    person_id  bigint NOT NULL,
    key        text NOT NULL,
    company_id bigint NOT NULL,
    CONSTRAINT registration_pkey PRIMARY KEY (person_id, key)
);

-- company_id: for which of their companies the person acts in this session; -1 for none yet.
-- how: 'link', 'password', 'passkey', 'oidc'. fresh_until: a second factor was shown lately.
ALTER TABLE session RENAME COLUMN member_id TO person_id;
ALTER TABLE session ADD COLUMN company_id bigint NOT NULL DEFAULT -1;
ALTER TABLE session ADD COLUMN how text NOT NULL DEFAULT 'link';
ALTER TABLE session ADD COLUMN fresh_until timestamptz NOT NULL DEFAULT 'epoch';
ALTER TABLE session ADD COLUMN seen_at timestamptz NOT NULL DEFAULT now();
ALTER TABLE session ADD COLUMN agent text NOT NULL DEFAULT '';
ALTER TABLE session ADD COLUMN address text NOT NULL DEFAULT '';
CREATE INDEX session_by_person ON session (person_id);

CREATE TABLE passkey (
    id         bytea NOT NULL,
    person_id  bigint NOT NULL,
    public_key bytea NOT NULL,
    uses       bigint NOT NULL,             -- the authenticator's own counter
    name       text NOT NULL,
    made_at    timestamptz NOT NULL,
    used_at    timestamptz,
    CONSTRAINT passkey_pkey PRIMARY KEY (id)
);
CREATE INDEX passkey_by_person ON passkey (person_id);

CREATE TABLE recovery_code (
    person_id bigint NOT NULL,
    hash      bytea NOT NULL,
    CONSTRAINT recovery_code_pkey PRIMARY KEY (person_id, hash)
);

-- Something that works once: purpose 'register', 'choose', 'reset' or 'email' (sent to somebody), 'second'
-- (half a sign-in), 'challenge' (of a passkey), 'totp' (being set up), 'form' (for a step-up), 'oidc'.
-- data: JSON.
CREATE TABLE ticket (
    hash      bytea NOT NULL,
    purpose   text NOT NULL,
    person_id bigint NOT NULL,              -- 0 where there is none yet
    data      text NOT NULL,
    ends_at   timestamptz NOT NULL,
    CONSTRAINT ticket_pkey PRIMARY KEY (hash)
);
CREATE INDEX ticket_by_end ON ticket (ends_at);

CREATE TABLE invitation (
    id         bigint GENERATED ALWAYS AS IDENTITY,
    company_id bigint NOT NULL,
    email      text NOT NULL,
    grade      text NOT NULL,
    by_person  bigint NOT NULL,
    made_at    timestamptz NOT NULL,
    ends_at    timestamptz NOT NULL,
    hash       bytea NOT NULL,
    request    text NOT NULL,               -- the same one sent twice is one invitation
    used_by    bigint NOT NULL DEFAULT 0,   -- who accepted it; 0 while it is open
    CONSTRAINT invitation_pkey PRIMARY KEY (id),
    CONSTRAINT invitation_grade CHECK (grade IN ('owner', 'trader', 'finance', 'viewer'))
);
CREATE INDEX invitation_by_company ON invitation (company_id, id);
CREATE UNIQUE INDEX invitation_by_hash ON invitation (hash);
CREATE UNIQUE INDEX invitation_by_request ON invitation (by_person, request);

-- Failures are counted by what was tried and from where, never by the account alone: nobody can lock
-- another out.
CREATE TABLE attempt (
    key      text NOT NULL,
    failures integer NOT NULL,
    until    timestamptz NOT NULL,
    CONSTRAINT attempt_pkey PRIMARY KEY (key)
);
CREATE INDEX attempt_by_until ON attempt (until);

CREATE TABLE api_key (
    id         bigint GENERATED ALWAYS AS IDENTITY,
    company_id bigint NOT NULL,             -- 0: the platform's operators
    person_id  bigint NOT NULL,             -- who made it
    name       text NOT NULL,
    prefix     text NOT NULL,               -- shown in lists, and how the key is found
    hash       bytea NOT NULL,
    request    text NOT NULL,               -- the same one sent twice is one key
    scope      text NOT NULL,
    made_at    timestamptz NOT NULL,
    ends_at    timestamptz NOT NULL,
    used_at    timestamptz,
    revoked_at timestamptz,
    CONSTRAINT api_key_pkey PRIMARY KEY (id),
    CONSTRAINT api_key_scope CHECK (scope IN ('read', 'trade', 'finance'))
);
CREATE UNIQUE INDEX api_key_by_prefix ON api_key (prefix);
CREATE UNIQUE INDEX api_key_by_request ON api_key (person_id, request);
CREATE INDEX api_key_by_company ON api_key (company_id, id);

-- What happened to people's access, for themselves and their companies to look at.
CREATE TABLE access_log (
    id         bigint GENERATED ALWAYS AS IDENTITY,
    person_id  bigint NOT NULL,
    company_id bigint NOT NULL,
    at         timestamptz NOT NULL,
    what       text NOT NULL,
    detail     text NOT NULL,
    address    text NOT NULL,
    CONSTRAINT access_log_pkey PRIMARY KEY (id)
);
CREATE INDEX access_log_by_person ON access_log (person_id, id);
CREATE INDEX access_log_by_company ON access_log (company_id, id);

-- How far somebody has read a trade's record.
CREATE TABLE read_mark (
    person_id   bigint NOT NULL,
    supplier_id bigint NOT NULL,
    trade_id    bigint NOT NULL,
    seq         integer NOT NULL,
    messages    integer NOT NULL DEFAULT 0, -- the last message among the events up to there
    at          timestamptz NOT NULL,
    CONSTRAINT read_mark_pkey PRIMARY KEY (supplier_id, trade_id, person_id)
);

-- Legal freezes that have reached all trades of their company.
CREATE TABLE freeze_spread (
    company_id bigint NOT NULL,
    reference  text NOT NULL,
    CONSTRAINT freeze_spread_pkey PRIMARY KEY (company_id)
);

GRANT USAGE ON SEQUENCE company_number, person_number TO tradehold_run;
GRANT SELECT, INSERT, UPDATE ON person, registration, api_key TO tradehold_run;
GRANT SELECT, INSERT ON access_log TO tradehold_run;
GRANT SELECT, INSERT, UPDATE, DELETE ON membership, passkey, recovery_code, ticket, invitation, attempt,
    read_mark,
    freeze_spread TO tradehold_run;
