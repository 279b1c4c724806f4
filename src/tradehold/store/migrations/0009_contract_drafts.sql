-- What people have typed into the contract editor and not sent yet. Local to the coordinator.

CREATE TABLE contract_draft (
    person_id  bigint NOT NULL,
    company_id bigint NOT NULL,             -- as whose member
    draft      text NOT NULL,               -- a random key; of a revision the trade's public id
    version    integer NOT NULL,
    page       text NOT NULL,               -- what wrote this version: a page never conflicts with itself
    title      text NOT NULL,
    form       text NOT NULL,               -- the fields by name, as JSON
    updated_at timestamptz NOT NULL,
    CONSTRAINT contract_draft_pkey PRIMARY KEY (person_id, company_id, draft),
    CONSTRAINT contract_draft_size CHECK (octet_length(form) <= 8000000)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON contract_draft TO tradehold_run;
