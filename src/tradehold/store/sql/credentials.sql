-- name: put_ticket
-- Tickets that have ended go with the next one that is made.
WITH ended AS (DELETE FROM ticket WHERE ends_at < $5)
INSERT INTO ticket (hash, purpose, person_id, data, ends_at) VALUES ($1, $2, $3, $4, $6)

-- name: take_ticket
DELETE FROM ticket WHERE hash = $1 AND purpose = $2 AND ends_at > $3 RETURNING person_id, data

-- name: peek_ticket
SELECT person_id, data FROM ticket WHERE hash = $1 AND purpose = $2 AND ends_at > $3

-- name: end_tickets
DELETE FROM ticket WHERE person_id = $1 AND purpose = ANY($2::text[])

-- name: try
-- One more try under this key, unless it has to wait: then no row comes back. It counts as a failure until
-- it is taken back. $3 are free, then the wait doubles from one second up to $4. A quiet hour begins it anew.
INSERT INTO attempt AS a (key, failures, until) VALUES ($1, 1, $2)
ON CONFLICT (key) DO UPDATE
   SET (failures, until) = (
       SELECT past + 1,
              CASE WHEN past < $3 THEN $2
                   ELSE $2::timestamptz + least($4::bigint, power(2, least(past - $3, 30))::bigint)
                                          * interval '1 second' END
         FROM (SELECT CASE WHEN a.until < $2::timestamptz - interval '1 hour' THEN 0
                           ELSE least(a.failures, 1000000) END) AS counted (past))
 WHERE a.until <= $2
RETURNING failures

-- name: wait
SELECT until FROM attempt WHERE key = $1

-- name: forget_tries
DELETE FROM attempt WHERE key = ANY($1::text[])

-- name: take_back_try
UPDATE attempt SET failures = greatest(failures - 1, 0), until = least(until, $2) WHERE key = ANY($1::text[])

-- name: drop_old_tries
DELETE FROM attempt WHERE until < $1::timestamptz - interval '1 hour'

-- name: account_by_email
SELECT id, name, language, zone, email, password, totp, totp_step, mail,
       (SELECT count(*) FROM passkey k WHERE k.person_id = p.id) AS passkeys,
       (SELECT count(*) FROM recovery_code r WHERE r.person_id = p.id) AS codes,
       EXISTS (SELECT FROM membership m WHERE m.person_id = p.id AND m.company_id = 0) AS operates
  FROM person p WHERE lower(email) = lower($1) AND email <> ''

-- name: account
SELECT id, name, language, zone, email, password, totp, totp_step, mail,
       (SELECT count(*) FROM passkey k WHERE k.person_id = p.id) AS passkeys,
       (SELECT count(*) FROM recovery_code r WHERE r.person_id = p.id) AS codes,
       EXISTS (SELECT FROM membership m WHERE m.person_id = p.id AND m.company_id = 0) AS operates
  FROM person p WHERE id = $1

-- name: new_person
INSERT INTO person (id, name, language, zone, email) VALUES (nextval('person_number'), $1, $2, $3, $4)
ON CONFLICT (lower(email)) WHERE email <> '' DO NOTHING
RETURNING id

-- name: set_password
UPDATE person SET password = $2 WHERE id = $1

-- name: set_email
UPDATE person SET email = $2 WHERE id = $1

-- name: set_personal
UPDATE person SET name = $2, language = $3, zone = $4, mail = $5 WHERE id = $1

-- name: set_totp
UPDATE person SET totp = $2, totp_step = $3 WHERE id = $1

-- name: use_totp_step
-- Only one of two who bring the same code at once gets a row.
UPDATE person SET totp_step = $2 WHERE id = $1 AND totp_step < $2 RETURNING id

-- name: put_code
INSERT INTO recovery_code (person_id, hash) VALUES ($1, $2)

-- name: drop_codes
DELETE FROM recovery_code WHERE person_id = $1

-- name: use_code
DELETE FROM recovery_code WHERE person_id = $1 AND hash = $2 RETURNING person_id

-- name: passkeys
SELECT id, person_id, public_key, uses, name, made_at, used_at
  FROM passkey WHERE person_id = $1 ORDER BY made_at, id

-- name: passkey
SELECT id, person_id, public_key, uses, name, made_at, used_at FROM passkey WHERE id = $1

-- name: put_passkey
INSERT INTO passkey (id, person_id, public_key, uses, name, made_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (id) DO NOTHING RETURNING id

-- name: use_passkey
-- The counter as it was read: of two answers that carry one count only one is taken.
UPDATE passkey SET uses = $3, used_at = $4 WHERE id = $1 AND uses = $2 RETURNING id

-- name: drop_passkey
DELETE FROM passkey WHERE person_id = $1 AND id = $2 RETURNING name

-- name: sessions
SELECT token_hash, made_at, seen_at, how, agent, address
  FROM session s
 WHERE person_id = $1 AND ends_at > $2
   AND (company_id <> 0 OR (seen_at > $2::timestamptz - interval '1 hour'
                            AND made_at > $2::timestamptz - interval '8 hours'))
 ORDER BY seen_at DESC, made_at DESC

-- name: end_other_sessions
DELETE FROM session WHERE person_id = $1 AND token_hash <> $2

-- name: end_one_session
DELETE FROM session WHERE person_id = $1 AND token_hash = $2 RETURNING token_hash

-- name: rotate_session
UPDATE session SET token_hash = $2, fresh_until = $3 WHERE token_hash = $1 RETURNING token_hash

-- name: log
INSERT INTO access_log (person_id, company_id, at, what, detail, address) VALUES ($1, $2, $3, $4, $5, $6)

-- name: logged
SELECT at, what, detail, address FROM access_log WHERE person_id = $1 ORDER BY id DESC LIMIT $2

-- name: known_before
SELECT EXISTS (SELECT FROM access_log WHERE person_id = $1 AND what = 'signed_in')
