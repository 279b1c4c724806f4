-- name: make
INSERT INTO api_key (company_id, person_id, name, prefix, hash, request, scope, made_at, ends_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (person_id, request) DO NOTHING
RETURNING id

-- name: of_request
SELECT k.id, k.company_id, k.person_id, p.name AS maker, k.name, k.prefix, k.scope, k.made_at, k.ends_at,
       k.used_at, k.revoked_at
  FROM api_key k JOIN person p ON p.id = k.person_id
 WHERE k.person_id = $1 AND k.request = $2

-- name: listed
SELECT k.id, k.company_id, k.person_id, p.name AS maker, k.name, k.prefix, k.scope, k.made_at, k.ends_at,
       k.used_at, k.revoked_at
  FROM api_key k JOIN person p ON p.id = k.person_id
 WHERE k.company_id = $1 ORDER BY k.id DESC LIMIT 200

-- name: running
-- A key that neither ended nor was revoked, with what its maker is in the company now.
SELECT k.id, k.company_id AS company, k.person_id AS person, k.hash, k.scope, k.ends_at, m.grade
  FROM api_key k JOIN membership m ON m.person_id = k.person_id AND m.company_id = k.company_id
 WHERE k.prefix = $1 AND k.revoked_at IS NULL AND k.ends_at > $2

-- name: use
UPDATE api_key SET used_at = $2
 WHERE id = $1 AND (used_at IS NULL OR used_at < $2::timestamptz - interval '1 minute')

-- name: count
SELECT count(*) FROM api_key WHERE company_id = $1 AND revoked_at IS NULL AND ends_at > $2

-- name: revoke
UPDATE api_key SET revoked_at = $3 WHERE id = $1 AND company_id = $2 AND revoked_at IS NULL RETURNING id

-- name: one
SELECT k.id, k.company_id, k.person_id, p.name AS maker, k.name, k.prefix, k.scope, k.made_at, k.ends_at,
       k.used_at, k.revoked_at
  FROM api_key k JOIN person p ON p.id = k.person_id
 WHERE k.id = $1 AND k.company_id = $2
