-- The whole record in the order of its keys, for recomputing it.

-- name: machines
SELECT supplier_id, kind, id, version, stage, state, head FROM machine
 WHERE (supplier_id, kind, id) > ($1, $2, $3) ORDER BY supplier_id, kind, id LIMIT $4

-- name: events
SELECT supplier_id, kind, id, seq, at, body, hash FROM event
 WHERE (supplier_id, kind, id) > ($1, $2, $3) AND (supplier_id, kind, id) <= ($4, $5, $6)
 ORDER BY supplier_id, kind, id, seq

-- name: events_behind
-- Events without a machine behind the last one.
SELECT supplier_id, kind, id, seq FROM event WHERE (supplier_id, kind, id) > ($1, $2, $3) LIMIT 1

-- name: postings
SELECT supplier_id, kind, id, seq, n, trade_id, debit, debit_subject, credit, credit_subject, minor, currency
  FROM posting
 WHERE (supplier_id, kind, id) > ($1, $2, $3) AND (supplier_id, kind, id) <= ($4, $5, $6)
 ORDER BY supplier_id, kind, id, seq, n

-- name: balances
-- Every running balance that is not the sum of its postings. $1: bounded accounts, $2: whether each grows by
-- debit.
WITH legs AS (
    SELECT p.supplier_id, p.debit AS account, p.debit_subject AS subject, p.currency,
           CASE WHEN b.debit_normal THEN p.minor ELSE -p.minor END AS minor
      FROM posting p JOIN unnest($1::text[], $2::boolean[]) AS b(account, debit_normal) ON b.account = p.debit
    UNION ALL
    SELECT p.supplier_id, p.credit, p.credit_subject, p.currency,
           CASE WHEN b.debit_normal THEN -p.minor ELSE p.minor END
      FROM posting p
      JOIN unnest($1::text[], $2::boolean[]) AS b(account, debit_normal) ON b.account = p.credit
), booked AS (
    SELECT supplier_id, account, subject, currency, sum(minor)::bigint AS minor
      FROM legs GROUP BY supplier_id, account, subject, currency
)
SELECT coalesce(k.supplier_id, l.supplier_id) AS supplier_id, coalesce(k.account, l.account) AS account,
       coalesce(k.subject, l.subject) AS subject, coalesce(k.currency, l.currency) AS currency,
       coalesce(k.minor, 0) AS kept, coalesce(l.minor, 0) AS booked
  FROM balance k
  FULL JOIN booked l ON l.supplier_id = k.supplier_id AND l.account = k.account AND l.subject = k.subject
                    AND l.currency = k.currency
 WHERE coalesce(k.minor, 0) <> coalesce(l.minor, 0)
 ORDER BY 1, 3, 2, 4
 LIMIT 1000
