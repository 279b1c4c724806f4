-- The write path: what a list of commands needs, and what it leaves.

-- name: load
-- One round for everything: machines, the bounded balances under given subjects, and keys seen before.
SELECT 'machine' AS what, m.supplier_id, m.kind AS a, m.id AS b, '' AS c, m.version::bigint AS n,
       m.state AS x, m.head AS y
  FROM unnest($1::text::bigint[], $2::text::text[], $3::text::bigint[]) AS wanted(supplier_id, kind, id)
  JOIN machine m ON m.supplier_id = wanted.supplier_id AND m.kind = wanted.kind AND m.id = wanted.id
UNION ALL
SELECT 'balance', b.supplier_id, b.account, b.subject, b.currency, b.minor, NULL, NULL
  FROM unnest($4::text::bigint[], $5::text::bigint[]) AS wanted(supplier_id, subject)
  JOIN balance b ON b.supplier_id = wanted.supplier_id AND b.subject = wanted.subject
UNION ALL
SELECT 'key', i.supplier_id, i.key, 0, '', 0, i.input, i.answer
  FROM unnest($6::text::bigint[], $7::text::text[]) AS wanted(supplier_id, key)
  JOIN idempotency i ON i.supplier_id = wanted.supplier_id AND i.key = wanted.key

-- name: append
-- One statement, one transaction. It fails whole (division by zero) where a machine has moved since it was
-- read, or a balance row is not there; CHECK and UNIQUE back every other invariant. The caller then reads
-- anew and redoes. Arrays come as text, see store/columns.py.
WITH machine_input AS (
    SELECT * FROM unnest(
        $1::text::bigint[], $2::text::text[], $3::text::bigint[], $4::text::integer[], $5::text::integer[],
        $6::text::text[], $7::text::bigint[], $8::text::text[],
        $9::text::timestamptz[], $10::bytea[], $11::bytea[]
    ) AS t(supplier_id, kind, id, expected, version, stage, buyer_id, title, moved_at, state, head)
), machine_made AS (
    INSERT INTO machine (supplier_id, kind, id, version, stage, buyer_id, title, moved_at, state, head)
    SELECT supplier_id, kind, id, version, stage, buyer_id, title, moved_at, state, head
      FROM machine_input WHERE expected = 0
), machine_moved AS (
    UPDATE machine m
       SET version = i.version, stage = i.stage, title = i.title, moved_at = i.moved_at, state = i.state,
           head = i.head
      FROM machine_input i
     WHERE i.expected > 0 AND m.supplier_id = i.supplier_id AND m.kind = i.kind AND m.id = i.id
       AND m.version = i.expected
    RETURNING 1
), event_made AS (
    INSERT INTO event (supplier_id, kind, id, seq, at, body, hash)
    SELECT * FROM unnest(
        $12::text::bigint[], $13::text::text[], $14::text::bigint[], $15::text::integer[],
        $16::text::timestamptz[], $17::bytea[], $18::bytea[]
    )
), posting_made AS (
    INSERT INTO posting (supplier_id, kind, id, seq, n, trade_id, at, debit, debit_subject, credit,
                         credit_subject, minor, currency)
    SELECT * FROM unnest(
        $19::text::bigint[], $20::text::text[], $21::text::bigint[], $22::text::integer[],
        $23::text::smallint[], $24::text::bigint[], $25::text::timestamptz[],
        $26::text::text[], $27::text::bigint[], $28::text::text[], $29::text::bigint[],
        $30::text::bigint[], $31::text::text[]
    )
), balance_input AS (
    SELECT * FROM unnest(
        $32::text::bigint[], $33::text::text[], $34::text::bigint[], $35::text::text[], $36::text::bigint[],
        $37::text::boolean[]
    ) AS t(supplier_id, account, subject, currency, change, known)
), balance_made AS (
    INSERT INTO balance (supplier_id, account, subject, currency, minor)
    SELECT supplier_id, account, subject, currency, change FROM balance_input WHERE NOT known
    -- Another process may have made the row since.
    ON CONFLICT (supplier_id, subject, account, currency) DO UPDATE SET minor = balance.minor + excluded.minor
), balance_moved AS (
    UPDATE balance b
       SET minor = b.minor + i.change
      FROM balance_input i
     WHERE i.known AND b.supplier_id = i.supplier_id AND b.subject = i.subject AND b.account = i.account
       AND b.currency = i.currency
    RETURNING 1
), due_dropped AS (
    DELETE FROM due d
     USING unnest($38::text::bigint[], $39::text::text[]) AS t(supplier_id, key)
     WHERE d.supplier_id = t.supplier_id AND d.key = t.key
), due_put AS (
    INSERT INTO due (supplier_id, key, at, command)
    SELECT * FROM unnest($40::text::bigint[], $41::text::text[], $42::text::timestamptz[], $43::bytea[])
    ON CONFLICT (supplier_id, key) DO UPDATE
       SET at = excluded.at, command = excluded.command, attempts = 0, refusal = ''
), key_made AS (
    INSERT INTO idempotency (supplier_id, key, input, answer, at)
    SELECT * FROM unnest(
        $44::text::bigint[], $45::text::text[], $46::bytea[], $47::bytea[], $48::text::timestamptz[]
    )
), key_seen AS (
    -- A replay is a real write, so that its answer waits for the same replication as the first one did.
    UPDATE idempotency k
       SET seen = k.seen + 1
      FROM unnest($49::text::bigint[], $50::text::text[]) AS t(supplier_id, key)
     WHERE k.supplier_id = t.supplier_id AND k.key = t.key
), news_put AS (
    INSERT INTO outbox (supplier_id, kind, id, seq, at)
    SELECT * FROM unnest(
        $51::text::bigint[], $52::text::text[], $53::text::bigint[], $54::text::integer[],
        $55::text::timestamptz[]
    )
)
SELECT 1 / (
    (SELECT count(*) FROM machine_moved) = (SELECT count(*) FROM machine_input WHERE expected > 0)
    AND (SELECT count(*) FROM balance_moved) = (SELECT count(*) FROM balance_input WHERE known)
)::integer
