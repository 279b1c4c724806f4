-- What the faces read. Lists are keyset pages: newest first, continued below the last id.

-- name: trades_of_company
-- The trades that a company buys or supplies in.
SELECT supplier_id, kind, id, version, moved_at, state
  FROM (
    (SELECT supplier_id, kind, id, version, moved_at, state FROM machine
      WHERE kind = 'trade' AND buyer_id = $1 AND id < $2
        AND ($4 = '' OR stage = $4) AND ($5 = '' OR title ILIKE '%' || $5 || '%')
      ORDER BY id DESC LIMIT $3)
    UNION ALL
    (SELECT supplier_id, kind, id, version, moved_at, state FROM machine
      WHERE supplier_id = $1 AND kind = 'trade' AND id < $2
        AND ($4 = '' OR stage = $4) AND ($5 = '' OR title ILIKE '%' || $5 || '%')
      ORDER BY id DESC LIMIT $3)
  ) AS own
 ORDER BY id DESC LIMIT $3

-- name: machines
-- All of a kind, for operators.
SELECT supplier_id, kind, id, version, moved_at, state FROM machine
 WHERE kind = $1 AND id < $2 AND stage = ANY($4::text[]) AND ($5 = '' OR title ILIKE '%' || $5 || '%')
 ORDER BY id DESC LIMIT $3

-- name: by_ref
SELECT m.supplier_id, m.kind, m.id, m.version, m.moved_at, m.state
  FROM unnest($1::bigint[], $2::text[], $3::bigint[]) AS wanted(supplier_id, kind, id)
  JOIN machine m ON m.supplier_id = wanted.supplier_id AND m.kind = wanted.kind AND m.id = wanted.id

-- name: versions
SELECT m.supplier_id, m.kind, m.id, m.version
  FROM unnest($1::bigint[], $2::text[], $3::bigint[]) AS wanted(supplier_id, kind, id)
  JOIN machine m ON m.supplier_id = wanted.supplier_id AND m.kind = wanted.kind AND m.id = wanted.id

-- name: events
SELECT seq, at, body, hash FROM event
 WHERE supplier_id = $1 AND kind = $2 AND id = $3 AND seq > $4 ORDER BY seq LIMIT $5

-- name: newest_events
-- From below $4. $6: only messages; within a value the quotes of its tag would be escaped.
SELECT seq, at, body, hash FROM event
 WHERE supplier_id = $1 AND kind = $2 AND id = $3 AND seq < $4
   AND (NOT $6::boolean OR position('"type":"message_sent"'::bytea IN body) > 0)
 ORDER BY seq DESC LIMIT $5

-- name: postings_of_trade
SELECT supplier_id, kind, id, seq, n, trade_id, at,
       debit, debit_subject, credit, credit_subject, minor, currency
  FROM posting WHERE supplier_id = $1 AND trade_id = $2 ORDER BY at, kind DESC, id, seq, n

-- name: balances
-- Every account's balance on its debit side, by currency; a report of this instant.
SELECT account, currency, sum(minor)::bigint AS minor
  FROM (
    SELECT debit AS account, currency, minor FROM posting
    UNION ALL
    SELECT credit, currency, -minor FROM posting
  ) AS legs
 GROUP BY account, currency ORDER BY account, currency

-- name: bounded
SELECT supplier_id, account, subject, currency, minor FROM balance
 WHERE account = $1 AND minor > 0 AND (supplier_id, subject) > ($2, $3)
 ORDER BY supplier_id, subject LIMIT $4

-- name: cover
SELECT account, currency, sum(minor)::bigint AS minor FROM balance
 WHERE supplier_id = $1 AND account IN ('cover_available', 'cover_reserved') GROUP BY account, currency

-- name: stuck
-- Commands that were refused and wait to be tried again.
SELECT supplier_id, key, at, command, attempts, refusal FROM due WHERE attempts > 0 ORDER BY at LIMIT $1

-- name: company_stages
SELECT supplier_id, stage FROM machine WHERE supplier_id = ANY($1::bigint[]) AND kind = 'company' AND id = 0

-- name: companies
SELECT id, name, country, address, registration, zone, language FROM company WHERE id = ANY($1::bigint[])

-- name: people
SELECT id, name, language, zone FROM person WHERE id = ANY($1::bigint[])

-- name: empty
-- Whether anything was ever made here.
SELECT NOT EXISTS (SELECT FROM machine) AND NOT EXISTS (SELECT FROM company)

-- name: known
-- What operators have published, and the designated accounts: how far each has come.
SELECT kind, id, version FROM machine
 WHERE supplier_id = 0 AND kind IN ('platform', 'account') ORDER BY kind, id

-- name: frozen_companies
SELECT supplier_id, version, state FROM machine WHERE kind = 'company' AND stage = 'frozen'

-- name: open_trades
-- A company's unsettled trades on either side, in keyset pages.
SELECT supplier_id, id FROM machine
 WHERE kind = 'trade' AND (supplier_id = $1 OR buyer_id = $1) AND stage <> 'settled'
   AND (supplier_id, id) > ($2, $3)
 ORDER BY supplier_id, id LIMIT 500

-- name: freeze_spread
SELECT company_id, reference FROM freeze_spread

-- name: put_freeze_spread
INSERT INTO freeze_spread (company_id, reference) VALUES ($1, $2)
ON CONFLICT (company_id) DO UPDATE SET reference = excluded.reference

-- name: drop_freeze_spread
DELETE FROM freeze_spread WHERE company_id = $1
