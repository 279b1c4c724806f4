-- name: put_letter
INSERT INTO letter (key, person_id, address, kind, subject, body, leave, made_at, due_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)
ON CONFLICT (key) DO NOTHING
