-- name: lock_company
SELECT pg_advisory_xact_lock(hashtextextended('files of ' || $1::bigint, 0))

-- name: usage
-- A file counts once for a company, however often it brought it; an open upload counts with its whole size.
SELECT (SELECT coalesce(sum(size), 0) FROM file
         WHERE sha256 IN (SELECT sha256 FROM file_right WHERE company_id = $1))::bigint AS stored,
       coalesce(sum(size), 0)::bigint AS coming, count(*) AS uploads
  FROM upload WHERE company_id = $1 AND sha256 = '' AND refusal = '' AND ends_at > $2

-- name: put_upload
INSERT INTO upload (id, company_id, person_id, supplier_id, kind, machine_id, name, claimed, size, made_at,
                    ends_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)

-- name: upload
SELECT id, company_id, person_id, supplier_id, kind, machine_id, name, claimed, size, received, parts, sha256,
       refusal, made_at, ends_at
  FROM upload WHERE id = $1 AND company_id = $2 AND ends_at > $3

-- name: advance
-- Counts a part only where the upload still stands at its start.
WITH moved AS (
    UPDATE upload SET received = received + $3, parts = parts + 1, ends_at = $5
     WHERE id = $1 AND received = $2 AND sha256 = '' AND refusal = ''
    RETURNING id, received
), noted AS (
    INSERT INTO upload_part (upload_id, start, size, path) SELECT id, $2, $3, $4 FROM moved
)
SELECT received FROM moved

-- name: parts
SELECT path, size FROM upload_part WHERE upload_id = $1 ORDER BY start

-- name: refuse
WITH parts AS (DELETE FROM upload_part WHERE upload_id = $1)
UPDATE upload SET refusal = $2 WHERE id = $1 AND sha256 = ''

-- name: put_file
INSERT INTO file (sha256, size, media_type, display_sha256, scanned_at, made_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (sha256) DO UPDATE SET scanned_at = coalesce(excluded.scanned_at, file.scanned_at)

-- name: put_right
INSERT INTO file_right (supplier_id, kind, machine_id, company_id, sha256, name, person_id, at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (supplier_id, kind, machine_id, company_id, sha256) DO NOTHING

-- name: finish
WITH parts AS (DELETE FROM upload_part WHERE upload_id = $1)
UPDATE upload SET sha256 = $2 WHERE id = $1 AND refusal = ''

-- name: attach
INSERT INTO file_right (supplier_id, kind, machine_id, company_id, sha256, name, person_id, at)
SELECT $1, $2, $3, company_id, sha256, name, $6, $7
  FROM file_right WHERE supplier_id = 0 AND kind = '' AND machine_id = 0 AND company_id = $4 AND sha256 = $5
ON CONFLICT (supplier_id, kind, machine_id, company_id, sha256) DO NOTHING

-- name: file
SELECT sha256, size, media_type, display_sha256, scanned_at, made_at FROM file WHERE sha256 = $1

-- name: held
-- In a machine the files of all sides; in a library the company's own. Newest first, from below ($5, $6).
SELECT r.sha256, r.name, r.company_id, r.person_id, r.at, f.size, f.media_type, f.display_sha256
  FROM file_right r JOIN file f ON f.sha256 = r.sha256
 WHERE r.supplier_id = $1 AND r.kind = $2 AND r.machine_id = $3
   AND (r.kind <> '' OR r.company_id = $4) AND (r.at, r.sha256) < ($5, $6)
   AND ($8 = '' OR strpos(lower(r.name), lower($8)) > 0)
 ORDER BY r.at DESC, r.sha256 DESC LIMIT $7

-- name: held_one
SELECT r.sha256, r.name, r.company_id, r.person_id, r.at, f.size, f.media_type, f.display_sha256
  FROM file_right r JOIN file f ON f.sha256 = r.sha256
 WHERE r.supplier_id = $1 AND r.kind = $2 AND r.machine_id = $3
   AND (r.kind <> '' OR r.company_id = $4) AND r.sha256 = $5
 ORDER BY r.company_id <> $4, r.at LIMIT 1

-- name: held_these
SELECT DISTINCT ON (r.sha256)
       r.sha256, r.name, r.company_id, r.person_id, r.at, f.size, f.media_type, f.display_sha256
  FROM file_right r JOIN file f ON f.sha256 = r.sha256
 WHERE r.supplier_id = $1 AND r.kind = $2 AND r.machine_id = $3
   AND (r.kind <> '' OR r.company_id = $4) AND r.sha256 = ANY($5)
 ORDER BY r.sha256, r.company_id <> $4, r.at

-- name: ended
SELECT id FROM upload WHERE ends_at <= $1 ORDER BY ends_at LIMIT $2

-- name: end_upload
UPDATE upload SET ends_at = $3 WHERE id = $1 AND company_id = $2 AND ends_at > $3 RETURNING id

-- name: forget
WITH parts AS (DELETE FROM upload_part WHERE upload_id = $1)
DELETE FROM upload WHERE id = $1
