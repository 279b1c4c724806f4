-- name: put_letter
INSERT INTO letter (key, person_id, address, kind, subject, body, leave, made_at, due_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)
ON CONFLICT (key) DO NOTHING

-- name: claim
-- The one that has waited longest, for whoever comes first: nobody else takes it until its lease ($2) ends.
UPDATE letter SET due_at = $2, attempts = attempts + 1
 WHERE id = (SELECT id FROM letter WHERE sent_at IS NULL AND due_at <= $1
              ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id, key, address, subject, body, leave, attempts, made_at

-- name: sent
UPDATE letter SET sent_at = $2, problem = '' WHERE id = $1

-- name: put_off
UPDATE letter SET due_at = $2, problem = $3 WHERE id = $1

-- name: undelivered
-- Given up: they wait for ever.
SELECT address, problem, made_at FROM letter WHERE sent_at IS NULL AND due_at = 'infinity'
 ORDER BY id DESC LIMIT $1
