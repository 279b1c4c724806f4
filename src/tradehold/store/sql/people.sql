-- name: put_company
INSERT INTO company (id, name, country, address, registration, zone, language)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (id) DO UPDATE
   SET name = excluded.name, country = excluded.country, address = excluded.address,
       registration = excluded.registration, zone = excluded.zone, language = excluded.language

-- name: put_member
INSERT INTO member (id, company_id, name, language, zone) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (id) DO UPDATE
   SET company_id = excluded.company_id, name = excluded.name, language = excluded.language,
       zone = excluded.zone

-- name: begin_session
-- Sessions that have ended go with the next one that begins.
WITH ended AS (DELETE FROM session WHERE ends_at < $4)
INSERT INTO session (token_hash, member_id, csrf, made_at, ends_at) VALUES ($1, $2, $3, $4, $5)

-- name: session
SELECT m.id, m.company_id, m.name, m.language, m.zone, s.csrf, s.ends_at
  FROM session s JOIN member m ON m.id = s.member_id
 WHERE s.token_hash = $1 AND s.ends_at > $2

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

-- name: put_person
INSERT INTO personal (supplier_id, commitment, salt, value) VALUES ($1, $2, $3, $4)
ON CONFLICT (supplier_id, commitment) DO NOTHING

-- name: person
SELECT value FROM personal WHERE supplier_id = $1 AND commitment = $2

-- name: erase_person
DELETE FROM personal WHERE supplier_id = $1 AND commitment = $2

-- name: make_setting
INSERT INTO setting (key, value) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING

-- name: recent_files
SELECT name, at, sha256 FROM bank_file WHERE direction = $1 ORDER BY at DESC LIMIT $2

-- name: read_file
SELECT body FROM bank_file WHERE direction = $1 AND sha256 = $2
