-- The write path: what a list of commands needs, and what it leaves.

-- name: load
-- One round for everything: machines, the bounded balances under given subjects, and keys seen before.
SELECT 'machine' AS what, m.supplier_id, m.kind AS a, m.id AS b, '' AS c, m.version::bigint AS n,
       m.state AS x, m.head AS y
  FROM unnest($1::bigint[], $2::text[], $3::bigint[]) AS wanted(supplier_id, kind, id)
  JOIN machine m ON m.supplier_id = wanted.supplier_id AND m.kind = wanted.kind AND m.id = wanted.id
UNION ALL
SELECT 'balance', b.supplier_id, b.account, b.subject, b.currency, b.minor, NULL, NULL
  FROM unnest($4::bigint[], $5::bigint[]) AS wanted(supplier_id, subject)
  JOIN balance b ON b.supplier_id = wanted.supplier_id AND b.subject = wanted.subject
UNION ALL
SELECT 'key', i.supplier_id, i.key, 0, '', 0, i.input, i.answer
  FROM unnest($6::bigint[], $7::text[]) AS wanted(supplier_id, key)
  JOIN idempotency i ON i.supplier_id = wanted.supplier_id AND i.key = wanted.key

-- name: append
-- One statement, one transaction. It fails whole (division by zero) where a machine has moved since it was read, or a
-- balance row is not there; CHECK and UNIQUE back every other invariant. The caller then reads anew and redoes.
WITH machine_input AS (
    SELECT * FROM unnest(
        $1::bigint[], $2::text[], $3::bigint[], $4::integer[], $5::integer[], $6::text[], $7::bigint[], $8::text[],
        $9::timestamptz[], $10::bytea[], $11::bytea[]
    ) AS t(supplier_id, kind, id, expected, version, stage, buyer_id, title, moved_at, state, head)
), machine_made AS (
    INSERT INTO machine (supplier_id, kind, id, version, stage, buyer_id, title, moved_at, state, head)
    SELECT supplier_id, kind, id, version, stage, buyer_id, title, moved_at, state, head
      FROM machine_input WHERE expected = 0
), machine_moved AS (
    UPDATE machine m
       SET version = i.version, stage = i.stage, title = i.title, moved_at = i.moved_at, state = i.state, head = i.head
      FROM machine_input i
     WHERE i.expected > 0 AND m.supplier_id = i.supplier_id AND m.kind = i.kind AND m.id = i.id
       AND m.version = i.expected
    RETURNING 1
), event_made AS (
    INSERT INTO event (supplier_id, kind, id, seq, at, body, hash)
    SELECT * FROM unnest(
        $12::bigint[], $13::text[], $14::bigint[], $15::integer[], $16::timestamptz[], $17::bytea[], $18::bytea[]
    )
), posting_made AS (
    INSERT INTO posting (supplier_id, kind, id, seq, n, trade_id, at, debit, debit_subject, credit, credit_subject,
                         minor, currency)
    SELECT * FROM unnest(
        $19::bigint[], $20::text[], $21::bigint[], $22::integer[], $23::smallint[], $24::bigint[], $25::timestamptz[],
        $26::text[], $27::bigint[], $28::text[], $29::bigint[], $30::bigint[], $31::text[]
    )
), balance_input AS (
    SELECT * FROM unnest($32::bigint[], $33::text[], $34::bigint[], $35::text[], $36::bigint[], $37::boolean[])
        AS t(supplier_id, account, subject, currency, change, known)
), balance_made AS (
    INSERT INTO balance (supplier_id, account, subject, currency, minor)
    SELECT supplier_id, account, subject, currency, change FROM balance_input WHERE NOT known
), balance_moved AS (
    UPDATE balance b
       SET minor = b.minor + i.change
      FROM balance_input i
     WHERE i.known AND b.supplier_id = i.supplier_id AND b.subject = i.subject AND b.account = i.account
       AND b.currency = i.currency
    RETURNING 1
), due_dropped AS (
    DELETE FROM due d
     USING unnest($38::bigint[], $39::text[]) AS t(supplier_id, key)
     WHERE d.supplier_id = t.supplier_id AND d.key = t.key
), due_put AS (
    INSERT INTO due (supplier_id, key, at, command)
    SELECT * FROM unnest($40::bigint[], $41::text[], $42::timestamptz[], $43::bytea[])
    ON CONFLICT (supplier_id, key) DO UPDATE
       SET at = excluded.at, command = excluded.command, attempts = 0, refusal = ''
), key_made AS (
    INSERT INTO idempotency (supplier_id, key, input, answer, at)
    SELECT * FROM unnest($44::bigint[], $45::text[], $46::bytea[], $47::bytea[], $48::timestamptz[])
), key_seen AS (
    -- A replay is a real write, so that its answer waits for the same replication as the first one did.
    UPDATE idempotency k
       SET seen = k.seen + 1
      FROM unnest($49::bigint[], $50::text[]) AS t(supplier_id, key)
     WHERE k.supplier_id = t.supplier_id AND k.key = t.key
)
SELECT 1 / (
    (SELECT count(*) FROM machine_moved) = (SELECT count(*) FROM machine_input WHERE expected > 0)
    AND (SELECT count(*) FROM balance_moved) = (SELECT count(*) FROM balance_input WHERE known)
)::integer
