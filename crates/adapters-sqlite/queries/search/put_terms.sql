-- Lets a conversation be found by these terms of a message.
-- ?3 the terms, ?4 the message's position.
INSERT INTO search_terms (organization_id, conversation_id, term, in_title, position)
SELECT ?1, ?2, t.value, 0, ?4
FROM json_each(?3) AS t
WHERE true
ON CONFLICT (organization_id, conversation_id, term) DO UPDATE
SET position = excluded.position
WHERE position IS NULL OR position > excluded.position
