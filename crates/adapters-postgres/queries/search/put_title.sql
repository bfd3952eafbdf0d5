-- Lets a conversation be found by the terms of its title ($3), and no longer by those of the one before. Each part changes other rows.
WITH deleted AS (
    DELETE FROM search_terms AS s
    WHERE s.organization_id = $1 AND s.conversation_id = $2 AND s.position IS NULL AND s.term <> ALL ($3::text[])
),
taken AS (
    UPDATE search_terms AS s
    SET in_title = false
    WHERE s.organization_id = $1
        AND s.conversation_id = $2
        AND s.in_title
        AND s.position IS NOT NULL
        AND s.term <> ALL ($3::text[])
)
INSERT INTO search_terms AS s (organization_id, conversation_id, term, in_title)
SELECT $1, $2, t.term, true
FROM unnest($3::text[]) AS t (term)
ON CONFLICT (organization_id, conversation_id, term) DO UPDATE
SET in_title = true
WHERE NOT s.in_title
