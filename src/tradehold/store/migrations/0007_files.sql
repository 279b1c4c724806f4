-- Files are local to the coordinator: their bytes are blobs, named by their SHA-256, and lie elsewhere.

CREATE TABLE upload (
    id          text NOT NULL,              -- random: who knows it and is of the company may go on
    company_id  bigint NOT NULL,
    person_id   bigint NOT NULL,
    supplier_id bigint NOT NULL,            -- the machine it is meant for; 0, '', 0: the company's library
    kind        text NOT NULL,
    machine_id  bigint NOT NULL,
    name        text NOT NULL,
    claimed     text NOT NULL,              -- the media type that the sender claims, never believed
    size        bigint NOT NULL,
    received    bigint NOT NULL DEFAULT 0,
    parts       integer NOT NULL DEFAULT 0,
    sha256      text NOT NULL DEFAULT '',   -- of the file it became
    refusal     text NOT NULL DEFAULT '',   -- JSON: why it became none
    made_at     timestamptz NOT NULL,
    ends_at     timestamptz NOT NULL,
    CONSTRAINT upload_pkey PRIMARY KEY (id),
    CONSTRAINT upload_received_bounded CHECK (received >= 0 AND received <= size),
    CONSTRAINT upload_one_outcome CHECK (sha256 = '' OR refusal = '')
);
CREATE INDEX upload_open ON upload (company_id) WHERE sha256 = '' AND refusal = '';
CREATE INDEX upload_by_end ON upload (ends_at);

-- Which blob holds which bytes: of two that arrive for one offset the first to be written here counts.
CREATE TABLE upload_part (
    upload_id text NOT NULL,
    start     bigint NOT NULL,
    size      bigint NOT NULL,
    path      text NOT NULL,
    CONSTRAINT upload_part_pkey PRIMARY KEY (upload_id, start),
    CONSTRAINT upload_part_not_empty CHECK (size > 0)
);

CREATE TABLE file (
    sha256         text NOT NULL,
    size           bigint NOT NULL,
    media_type     text NOT NULL,           -- found by its content, never claimed
    display_sha256 text NOT NULL,           -- of the picture made anew for pages; '' for none
    scanned_at     timestamptz,             -- by the virus scanner, which found nothing
    made_at        timestamptz NOT NULL,
    CONSTRAINT file_pkey PRIMARY KEY (sha256),
    CONSTRAINT file_sha256_hex CHECK (sha256 ~ '^[0-9a-f]{64}$')
);

-- Who may read a file follows from here: whoever reads the machine, or is of the company where there is none.
CREATE TABLE file_right (
    supplier_id bigint NOT NULL,
    kind        text NOT NULL,
    machine_id  bigint NOT NULL,
    company_id  bigint NOT NULL,            -- who brought it
    sha256      text NOT NULL,
    name        text NOT NULL,
    person_id   bigint NOT NULL,
    at          timestamptz NOT NULL,
    CONSTRAINT file_right_pkey PRIMARY KEY (supplier_id, kind, machine_id, company_id, sha256),
    CONSTRAINT file_right_of_file FOREIGN KEY (sha256) REFERENCES file (sha256)
);
CREATE INDEX file_right_by_company ON file_right (company_id, sha256);

GRANT SELECT, INSERT, UPDATE, DELETE ON upload, upload_part TO tradehold_run;
GRANT SELECT, INSERT, UPDATE ON file TO tradehold_run;
GRANT SELECT, INSERT ON file_right TO tradehold_run;
