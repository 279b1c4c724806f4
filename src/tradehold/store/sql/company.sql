-- Companies as operators and buyers look through them, in keyset pages.

-- name: companies_by_standing
-- Those that wait for a decision first, then the newest.
SELECT m.supplier_id, m.kind, m.id, m.version, m.moved_at, m.state
  FROM machine m JOIN company c ON c.id = m.supplier_id
 WHERE m.kind = 'company' AND m.stage = ANY($1::text[])
   AND ((m.stage <> 'held')::integer, -m.supplier_id) > ($2::integer, $3::bigint)
   AND ($4 = '' OR c.name ILIKE '%' || $4 || '%' OR m.supplier_id::text = $5)
 ORDER BY (m.stage <> 'held')::integer, -m.supplier_id LIMIT $6

-- name: suppliers_by_name
-- Those whose gold membership holds on a day.
SELECT m.supplier_id, m.kind, m.id, m.version, m.moved_at, m.state
  FROM machine m JOIN company c ON c.id = m.supplier_id
 WHERE m.kind = 'company' AND m.stage = 'active'
   AND convert_from(m.state, 'UTF8')::jsonb ->> 'gold_until' >= $1
   AND (c.name, c.id) > ($2, $3::bigint) AND ($4 = '' OR c.name ILIKE '%' || $4 || '%')
 ORDER BY c.name, c.id LIMIT $5

-- name: covers
SELECT supplier_id, account, currency, sum(minor)::bigint AS minor FROM balance
 WHERE supplier_id = ANY($1::bigint[]) AND account IN ('cover_available', 'cover_reserved')
 GROUP BY supplier_id, account, currency
