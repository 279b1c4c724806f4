-- name: due
-- What has become due, oldest first. No locks: the row's key makes doing it twice the same as once.
SELECT supplier_id, key, at, command FROM due WHERE at <= $1 ORDER BY at LIMIT $2

-- name: next_due
SELECT min(at) FROM due

-- name: postpone
-- Refused now: tried again later, and visible with its reason.
UPDATE due d SET at = $1, attempts = d.attempts + 1, refusal = t.refusal
  FROM unnest($2::bigint[], $3::text[], $4::timestamptz[], $5::text[]) AS t(supplier_id, key, at, refusal)
 WHERE d.supplier_id = t.supplier_id AND d.key = t.key AND d.at = t.at

-- name: forget
DELETE FROM due d USING unnest($1::bigint[], $2::text[], $3::timestamptz[]) AS t(supplier_id, key, at)
 WHERE d.supplier_id = t.supplier_id AND d.key = t.key AND d.at = t.at
