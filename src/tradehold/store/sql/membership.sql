-- name: new_number
-- A form sent twice finds the number that it took the first time.
INSERT INTO registration (person_id, key, company_id) VALUES ($1, $2, nextval('company_number'))
ON CONFLICT (person_id, key) DO NOTHING
RETURNING company_id

-- name: number
SELECT company_id FROM registration WHERE person_id = $1 AND key = $2

-- name: begin
-- The company with its first owner. Done twice, it is done once, even where that owner has left since.
WITH made AS (
    INSERT INTO company (id, name, country, address, registration, zone, language)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT (id) DO NOTHING
    RETURNING id
)
INSERT INTO membership (person_id, company_id, grade, since) SELECT $8, id, 'owner', $9 FROM made
RETURNING company_id

-- name: set_profile
UPDATE company SET address = $2, language = $3, zone = $4 WHERE id = $1 RETURNING id

-- name: owners
-- The beneficial owners of a company, as far as they have not been erased.
SELECT value FROM personal WHERE supplier_id = $1 AND value LIKE '{"owner":%' ORDER BY value

-- name: of_person
SELECT m.company_id, coalesce(c.name, ''), coalesce(c.country, ''), m.grade, m.since
  FROM membership m LEFT JOIN company c ON c.id = m.company_id
 WHERE m.person_id = $1 ORDER BY m.since, m.company_id

-- name: members
SELECT m.person_id, p.name, p.email, m.grade, m.since
  FROM membership m JOIN person p ON p.id = m.person_id
 WHERE m.company_id = $1 ORDER BY m.since, m.person_id

-- name: set_grade
-- $4 does it, as an owner. All owners' rows are locked first, in one order, and read anew once they are: of
-- two owners who demote each other at the same moment the later one is an owner no more.
WITH owners AS MATERIALIZED (
    SELECT person_id FROM membership WHERE company_id = $2 AND grade = 'owner' ORDER BY person_id FOR UPDATE
)
UPDATE membership SET grade = $3
 WHERE person_id = $1 AND company_id = $2
   AND $4 IN (SELECT person_id FROM owners)
   AND ($3 = 'owner' OR grade <> 'owner' OR EXISTS (SELECT FROM owners WHERE person_id <> $1))
RETURNING person_id

-- name: remove
-- $3 does it, as an owner or to themselves; the last owner stays. With the member go the keys they made.
WITH owners AS MATERIALIZED (
    SELECT person_id FROM membership WHERE company_id = $2 AND grade = 'owner' ORDER BY person_id FOR UPDATE
), gone AS (
    DELETE FROM membership
     WHERE person_id = $1 AND company_id = $2
       AND ($3 = $1 OR $3 IN (SELECT person_id FROM owners))
       AND (grade <> 'owner' OR EXISTS (SELECT FROM owners WHERE person_id <> $1))
    RETURNING person_id
), revoked AS (
    UPDATE api_key SET revoked_at = $4
     WHERE person_id = $1 AND company_id = $2 AND revoked_at IS NULL AND EXISTS (SELECT FROM gone)
)
SELECT person_id FROM gone

-- name: switch
-- The session goes on for another of its person's companies, under another token.
UPDATE session s SET token_hash = $2, csrf = $3, company_id = $4
 WHERE s.token_hash = $1 AND s.ends_at > $5
   AND EXISTS (SELECT FROM membership m WHERE m.person_id = s.person_id AND m.company_id = $4)
RETURNING s.person_id

-- name: invite
-- One open invitation an address: the new one takes the place of an older one.
WITH replaced AS (
    DELETE FROM invitation
     WHERE company_id = $1 AND lower(email) = lower($2) AND used_by = 0 AND (by_person, request) <> ($4, $8)
)
INSERT INTO invitation (company_id, email, grade, by_person, made_at, ends_at, hash, request)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (by_person, request) DO NOTHING
RETURNING id

-- name: invitation_of_request
SELECT i.id, i.company_id, i.email, i.grade, i.by_person, p.name, i.made_at, i.ends_at, i.used_by
  FROM invitation i JOIN person p ON p.id = i.by_person
 WHERE i.by_person = $1 AND i.request = $2

-- name: invitations
-- Those that nobody has used. They count as long as whoever made them is an owner.
SELECT i.id, i.company_id, i.email, i.grade, i.by_person, p.name, i.made_at, i.ends_at, i.used_by
  FROM invitation i
  JOIN person p ON p.id = i.by_person
  JOIN membership o ON o.person_id = i.by_person AND o.company_id = i.company_id AND o.grade = 'owner'
 WHERE i.company_id = $1 AND i.used_by = 0
 ORDER BY i.id DESC LIMIT 200

-- name: invitation
SELECT i.id, i.company_id, i.email, i.grade, i.by_person, p.name, i.made_at, i.ends_at, i.used_by
  FROM invitation i
  JOIN person p ON p.id = i.by_person
  JOIN membership o ON o.person_id = i.by_person AND o.company_id = i.company_id AND o.grade = 'owner'
 WHERE i.hash = $1 AND (i.ends_at > $2 OR i.used_by <> 0)

-- name: renew_invitation
UPDATE invitation SET hash = $3, made_at = $4, ends_at = $5
 WHERE id = $1 AND company_id = $2 AND used_by = 0 AND made_at < $6
RETURNING email, grade

-- name: drop_invitation
DELETE FROM invitation WHERE id = $1 AND company_id = $2 AND used_by = 0 RETURNING email

-- name: accept
-- Whoever is a member already leaves the invitation as it is. Of two at the same moment one is first.
WITH used AS (
    UPDATE invitation i SET used_by = $2
     WHERE i.hash = $1 AND i.used_by = 0 AND i.ends_at > $3
       AND EXISTS (SELECT FROM membership o WHERE o.grade = 'owner'
                      AND o.person_id = i.by_person AND o.company_id = i.company_id)
       AND NOT EXISTS (SELECT FROM membership m
                        WHERE m.person_id = $2 AND m.company_id = i.company_id)
    RETURNING i.company_id, i.grade
)
INSERT INTO membership (person_id, company_id, grade, since) SELECT $2, company_id, grade, $3 FROM used
ON CONFLICT (person_id, company_id) DO NOTHING
RETURNING company_id

-- name: log
INSERT INTO access_log (person_id, company_id, at, what, detail, address) VALUES ($1, $2, $3, $4, $5, $6)

-- name: history
SELECT l.at, coalesce(p.name, ''), l.what, l.detail
  FROM access_log l LEFT JOIN person p ON p.id = l.person_id
 WHERE l.company_id = $1 AND l.what = ANY($2::text[])
 ORDER BY l.id DESC LIMIT $3
