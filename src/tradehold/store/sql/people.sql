-- name: put_company
INSERT INTO company (id, name, country, address, registration, zone, language)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (id) DO UPDATE
   SET name = excluded.name, country = excluded.country, address = excluded.address,
       registration = excluded.registration, zone = excluded.zone, language = excluded.language

-- name: put_person
INSERT INTO person (id, name, language, zone, email) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (id) DO UPDATE SET name = excluded.name, language = excluded.language, zone = excluded.zone

-- name: put_address
UPDATE person SET email = $2 WHERE id = $1

-- name: put_membership
INSERT INTO membership (person_id, company_id, grade, since) VALUES ($1, $2, $3, $4)
ON CONFLICT (person_id, company_id) DO UPDATE SET grade = excluded.grade

-- name: begin_session
-- Sessions that have ended go with the next one that begins. $8: the company; -1 for the one joined first.
WITH ended AS (DELETE FROM session WHERE ends_at < $4)
INSERT INTO session (token_hash, person_id, csrf, made_at, ends_at, how, fresh_until, company_id, agent,
                     address,
                     seen_at)
SELECT $1, $2, $3, $4, $5, $6, $7,
       CASE WHEN $8 >= 0 THEN $8
            ELSE coalesce((SELECT m.company_id FROM membership m WHERE m.person_id = $2
                            ORDER BY m.since, m.company_id LIMIT 1), -1) END,
       $9, $10, $4

-- name: session
-- The person, and what they are now in the company they act for: whoever left it acts for nobody. An
-- operator's session is short.
SELECT p.id, p.name, p.language, p.zone, p.email, m.company_id, m.grade, s.csrf, s.ends_at, s.fresh_until,
       s.how, s.seen_at, s.made_at,
       s.how = 'link' OR p.totp <> '' OR EXISTS (SELECT FROM passkey k WHERE k.person_id = p.id) AS secured
  FROM session s
  JOIN person p ON p.id = s.person_id
  LEFT JOIN membership m ON m.person_id = s.person_id AND m.company_id = s.company_id
 WHERE s.token_hash = $1 AND s.ends_at > $2
   AND (s.company_id <> 0 OR (s.seen_at > $2::timestamptz - interval '1 hour'
                              AND s.made_at > $2::timestamptz - interval '8 hours'))

-- name: see_session
UPDATE session SET seen_at = $2 WHERE token_hash = $1 AND seen_at < $2

-- name: end_session
DELETE FROM session WHERE token_hash = $1

-- name: setting
SELECT value FROM setting WHERE key = $1

-- name: put_setting
INSERT INTO setting (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value

-- name: keep_file
INSERT INTO bank_file (name, direction, at, sha256, body) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (direction, sha256) DO NOTHING

-- name: sent
SELECT name FROM bank_file WHERE direction = 'out' AND name = ANY($1::text[])

-- name: put_commitment
INSERT INTO personal (supplier_id, commitment, salt, value) VALUES ($1, $2, $3, $4)
ON CONFLICT (supplier_id, commitment) DO NOTHING

-- name: commitment
SELECT value FROM personal WHERE supplier_id = $1 AND commitment = $2

-- name: erase_commitment
DELETE FROM personal WHERE supplier_id = $1 AND commitment = $2

-- name: make_setting
INSERT INTO setting (key, value) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING

-- name: recent_files
SELECT name, at, sha256 FROM bank_file WHERE direction = $1 ORDER BY at DESC LIMIT $2

-- name: read_file
SELECT body FROM bank_file WHERE direction = $1 AND sha256 = $2
