-- Lets a conversation be found by these terms ($3) of a message at this position ($4).
INSERT INTO search_terms AS s (organization_id, conversation_id, term, in_title, position)
SELECT $1, $2, t.term, false, $4
FROM unnest($3::text[]) AS t (term)
ON CONFLICT (organization_id, conversation_id, term) DO UPDATE
SET position = excluded.position
WHERE s.position IS NULL OR s.position > excluded.position
