-- Which of the terms ($2 and $3, as ranges) has the fewest entries in the index, and how many, as far as $4 of them: for a
-- caller who sees every conversation of the organization.
SELECT t.first AS "first!", t.beyond AS "beyond!", m.entries AS "entries!"
FROM unnest($2::text[], $3::text[]) AS t (first, beyond)
CROSS JOIN LATERAL (
    SELECT count(*) AS entries
    FROM (
        SELECT s.term
        FROM search_terms AS s
        WHERE s.organization_id = $1 AND s.term ~>=~ t.first AND s.term ~<~ t.beyond
        -- In the order of the index: PostgreSQL reads as much of it as is asked for.
        ORDER BY s.term USING ~<~
        LIMIT $4
    ) AS s
) AS m
ORDER BY m.entries
LIMIT 1
