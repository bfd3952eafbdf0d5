-- Removes the next $3 terms of a deleted conversation once no audience has any, and at the end the note of that.
WITH note AS MATERIALIZED (
    SELECT p.audience_id
    FROM search_audience_pending AS p
    WHERE p.organization_id = $1
        AND p.conversation_id = $2
        AND NOT EXISTS (
            SELECT 1
            FROM search_audience_pending AS other
            WHERE other.organization_id = $1
                AND other.conversation_id = $2
                AND other.audience_id <> 'ffffffff-ffff-ffff-ffff-ffffffffffff'
        )
    FOR UPDATE
),
part AS MATERIALIZED (
    SELECT max(t.term) AS last, count(*) AS terms
    FROM (
        SELECT s.term
        FROM search_terms AS s
        WHERE s.organization_id = $1 AND s.conversation_id = $2
        ORDER BY s.term
        LIMIT $3
    ) AS t
),
removed AS (
    DELETE FROM search_terms AS s
    WHERE s.organization_id = $1
        AND s.conversation_id = $2
        AND s.term <= (SELECT part.last FROM part CROSS JOIN note)
)
DELETE FROM search_audience_pending AS p
WHERE p.organization_id = $1
    AND p.conversation_id = $2
    AND p.audience_id = (SELECT note.audience_id FROM note CROSS JOIN part WHERE part.terms < $3)
