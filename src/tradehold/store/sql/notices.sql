-- The outbox, and what people have heard of.

-- name: outbox
-- News that nobody was told of yet, oldest first. No locks: telling it twice is telling it once.
SELECT supplier_id, kind, id, seq FROM outbox ORDER BY at, supplier_id, kind, id, seq LIMIT $1

-- name: forget
DELETE FROM outbox o USING unnest($1::bigint[], $2::text[], $3::bigint[], $4::integer[])
       AS t(supplier_id, kind, id, seq)
 WHERE o.supplier_id = t.supplier_id AND o.kind = t.kind AND o.id = t.id AND o.seq = t.seq

-- name: events
-- Single events by their place.
SELECT e.supplier_id, e.kind, e.id, e.seq, e.at, e.body, e.hash
  FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::integer[]) AS t(supplier_id, kind, id, seq)
  JOIN event e ON e.supplier_id = t.supplier_id AND e.kind = t.kind AND e.id = t.id AND e.seq = t.seq

-- name: drafts
-- The events of some trades that hold terms: few of the many that a trade has.
SELECT e.supplier_id, e.id, e.seq, e.body, e.hash
  FROM unnest($1::bigint[], $2::bigint[]) AS t(supplier_id, id)
  JOIN event e ON e.supplier_id = t.supplier_id AND e.kind = 'trade' AND e.id = t.id
 WHERE position('"terms":{'::bytea IN e.body) > 0
 ORDER BY e.supplier_id, e.id, e.seq

-- name: members
SELECT m.company_id, m.person_id, m.grade, p.mail <> 'never' AND p.email <> '' AS mailed
  FROM membership m JOIN person p ON p.id = m.person_id
 WHERE m.company_id = ANY($1::bigint[])
 ORDER BY m.person_id, m.company_id

-- name: put
INSERT INTO notification (person_id, company_id, supplier_id, kind, id, seq, security, at, mailed_at)
SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::bigint[], $6::integer[],
                     $7::boolean[], $8::timestamptz[], $9::timestamptz[])
ON CONFLICT (person_id, supplier_id, kind, id, seq) DO NOTHING

-- name: unread
-- Counted to a hundred: nobody asks for more.
SELECT t.person_id, t.company_id, n.count
  FROM unnest($1::bigint[], $2::bigint[]) AS t(person_id, company_id),
       LATERAL (SELECT count(*) FROM (
           SELECT FROM notification u
            WHERE u.person_id = t.person_id AND u.company_id = t.company_id AND u.read_at IS NULL LIMIT 100
       ) AS counted) AS n

-- name: page
SELECT number, person_id, company_id, supplier_id, kind, id, seq, security, at, read_at IS NOT NULL AS read
  FROM notification
 WHERE person_id = $1 AND company_id = $2 AND number < $3 AND (read_at IS NULL OR NOT $5)
 ORDER BY number DESC LIMIT $4

-- name: open
-- One is read because it was followed to what it is about.
UPDATE notification SET read_at = coalesce(read_at, $4)
 WHERE person_id = $1 AND company_id = $2 AND number = $3
RETURNING number, person_id, company_id, supplier_id, kind, id, seq, security, at, true AS read

-- name: read_all
UPDATE notification SET read_at = $3
 WHERE person_id = $1 AND company_id = $2 AND read_at IS NULL AND number <= $4

-- name: read_about
UPDATE notification SET read_at = $5
 WHERE person_id = $1 AND supplier_id = $2 AND kind = $3 AND id = $4 AND read_at IS NULL

-- name: unmailed
-- Who has something that no letter told them of. What was read meanwhile needs none.
SELECT n.person_id, p.name, p.language, p.zone, p.email, p.mail, min(n.at) AS oldest
  FROM notification n JOIN person p ON p.id = n.person_id
 WHERE n.mailed_at IS NULL AND n.security = $1 AND (n.security OR n.read_at IS NULL)
 GROUP BY n.person_id, p.id
 ORDER BY n.person_id

-- name: claim
-- Of two processes one gets each row. Whoever has left the company since is told nothing.
UPDATE notification n SET mailed_at = $2
 WHERE n.person_id = ANY($1::bigint[]) AND n.mailed_at IS NULL AND n.security = $3
   AND (n.security OR n.read_at IS NULL)
RETURNING n.number, n.person_id, n.company_id, n.supplier_id, n.kind, n.id, n.seq, n.security, n.at,
          n.read_at IS NOT NULL AS read,
          EXISTS (SELECT FROM membership m
                   WHERE m.person_id = n.person_id AND m.company_id = n.company_id) AS member

-- name: reader
SELECT id AS person_id, name, language, zone, email, mail, now() AS oldest FROM person WHERE id = $1

-- name: set_rhythm
-- Who wants no letters gets none later, either, for what happened until now.
WITH chosen AS (UPDATE person SET mail = $2 WHERE id = $1)
UPDATE notification SET mailed_at = $3
 WHERE $2 = 'never' AND person_id = $1 AND mailed_at IS NULL AND NOT security
