-- Which of the terms ($2 and $3, as ranges) has the fewest entries in the index, and how many, as far as about $4 of them.
-- $5: of all conversations, for a caller who sees every one; $6: of these audiences, with what is pending in them.
SELECT t.first AS "term!", m.entries + a.entries + p.entries AS "entries!"
FROM unnest($2::text[], $3::text[]) AS t (first, beyond)
CROSS JOIN LATERAL (
    SELECT count(*) AS entries
    FROM (
        SELECT s.term
        FROM search_terms AS s
        WHERE $5 AND s.organization_id = $1 AND s.term ~>=~ t.first AND s.term ~<~ t.beyond
        -- In the order of the index: PostgreSQL reads as much of it as is asked for.
        ORDER BY s.term USING ~<~
        LIMIT $4
    ) AS s
) AS m
CROSS JOIN LATERAL (
    SELECT count(*) AS entries
    FROM (
        SELECT s.term
        FROM unnest($6::uuid[]) AS my (id)
        CROSS JOIN LATERAL (
            SELECT s.term
            FROM search_audience_terms AS s
            WHERE s.organization_id = $1 AND s.audience_id = my.id AND s.term >= t.first AND s.term < t.beyond
            ORDER BY s.term
            LIMIT $4
        ) AS s
        LIMIT $4
    ) AS s
) AS a
CROSS JOIN (
    SELECT count(*) AS entries
    FROM (
        SELECT p.conversation_id
        FROM unnest($6::uuid[]) AS my (id)
        CROSS JOIN LATERAL (
            SELECT p.conversation_id
            FROM search_audience_pending AS p
            WHERE p.organization_id = $1 AND p.audience_id = my.id
            ORDER BY p.conversation_id
            LIMIT $4
        ) AS p
        LIMIT $4
    ) AS p
) AS p
ORDER BY 2
LIMIT 1
