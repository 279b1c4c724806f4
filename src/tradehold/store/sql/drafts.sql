-- name: begin
INSERT INTO contract_draft (person_id, company_id, draft, version, page, title, form, updated_at)
VALUES ($1, $2, $3, 1, $4, $5, $6, $7)
ON CONFLICT (person_id, company_id, draft) DO NOTHING
RETURNING version

-- name: save
-- Only over the version that the page knows, or over what the same page has written.
UPDATE contract_draft SET version = version + 1, page = $5, title = $6, form = $7, updated_at = $8
 WHERE person_id = $1 AND company_id = $2 AND draft = $3 AND (version = $4 OR page = $5)
RETURNING version

-- name: clear
-- The old ones, and more than anybody goes on with.
DELETE FROM contract_draft d
 WHERE d.person_id = $1 AND d.company_id = $2
   AND (d.updated_at < $3 OR d.draft IN (
        SELECT o.draft FROM contract_draft o WHERE o.person_id = $1 AND o.company_id = $2
         ORDER BY o.updated_at DESC, o.draft OFFSET $4))

-- name: one
SELECT draft, version, title, updated_at, form FROM contract_draft
 WHERE person_id = $1 AND company_id = $2 AND draft = $3

-- name: all
SELECT draft, version, title, updated_at, '' AS form FROM contract_draft
 WHERE person_id = $1 AND company_id = $2 ORDER BY updated_at DESC, draft

-- name: discard
DELETE FROM contract_draft WHERE person_id = $1 AND company_id = $2 AND draft = $3
