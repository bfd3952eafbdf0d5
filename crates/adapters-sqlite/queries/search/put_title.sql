-- Lets a conversation be found by the terms of its title.
INSERT INTO search_terms (organization_id, conversation_id, term, in_title)
SELECT ?1, ?2, t.value, 1
FROM json_each(?3) AS t
WHERE true
ON CONFLICT (organization_id, conversation_id, term) DO UPDATE
SET in_title = 1
WHERE in_title = 0
