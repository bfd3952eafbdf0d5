-- Which of the terms (?2, as ranges) has the fewest entries in the index, and how many, as far as about ?3 of them.
-- ?4: of all conversations, for a caller who sees every one; ?5: of these audiences, with what is pending in them.
WITH audiences (id) AS MATERIALIZED (
    SELECT unhex(value) FROM json_each(?5)
)
SELECT
    t.value ->> 0 AS "term!: String",
    (
        SELECT count(*)
        FROM (
            SELECT 1
            FROM search_terms AS s INDEXED BY search_terms_by_term
            WHERE ?4 AND s.organization_id = ?1 AND s.term || '' >= t.value ->> 0 AND s.term || '' < t.value ->> 1
            LIMIT ?3
        )
    ) + (
        SELECT count(*)
        FROM (
            SELECT 1
            FROM audiences AS my
            CROSS JOIN search_audience_terms AS s
            WHERE s.organization_id = ?1
                AND s.audience_id = my.id
                AND s.term >= t.value ->> 0
                AND s.term < t.value ->> 1
            LIMIT ?3
        )
    ) + (
        SELECT count(*)
        FROM (
            SELECT 1
            FROM audiences AS my
            CROSS JOIN search_audience_pending AS p INDEXED BY search_audience_pending_of_audience
            WHERE p.organization_id = ?1 AND p.audience_id = my.id
            LIMIT ?3
        )
    ) AS "entries!: i64"
FROM json_each(?2) AS t
ORDER BY 2
LIMIT 1
