-- How far people have read trades: plain rows, no part of any record.

-- name: mark
INSERT INTO read_mark (person_id, supplier_id, trade_id, seq, messages, at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (supplier_id, trade_id, person_id) DO UPDATE
   SET seq = excluded.seq, messages = excluded.messages, at = excluded.at
 WHERE read_mark.seq < excluded.seq

-- name: marks
SELECT r.person_id, p.name, r.seq, r.messages, r.at
  FROM read_mark r JOIN person p ON p.id = r.person_id
 WHERE r.supplier_id = $1 AND r.trade_id = $2
 ORDER BY r.at, r.person_id

-- name: read_by
SELECT r.supplier_id, r.trade_id, r.messages
  FROM unnest($2::bigint[], $3::bigint[]) AS wanted(supplier_id, trade_id)
  JOIN read_mark r ON r.supplier_id = wanted.supplier_id AND r.trade_id = wanted.trade_id AND r.person_id = $1

-- name: read_in_all
SELECT r.supplier_id, r.trade_id, sum(r.seq)::bigint AS seq
  FROM unnest($1::bigint[], $2::bigint[]) AS wanted(supplier_id, trade_id)
  JOIN read_mark r ON r.supplier_id = wanted.supplier_id AND r.trade_id = wanted.trade_id
 GROUP BY r.supplier_id, r.trade_id
