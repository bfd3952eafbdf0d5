-- Which of the terms (?2, as ranges) has the fewest entries in the index, and how many, as far as ?3 of them: for a caller
-- who sees every conversation of the organization.
SELECT
    t.value ->> 0 AS "first!: String",
    t.value ->> 1 AS "beyond!: String",
    (
        SELECT count(*)
        FROM (
            SELECT 1
            FROM search_terms AS s INDEXED BY search_terms_by_term
            WHERE s.organization_id = ?1 AND s.term || '' >= t.value ->> 0 AND s.term || '' < t.value ->> 1
            LIMIT ?3
        )
    ) AS "entries!: i64"
FROM json_each(?2) AS t
ORDER BY 3
LIMIT 1
