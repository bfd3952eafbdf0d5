-- Lets an audience find a conversation by these terms.
INSERT INTO search_audience_terms (organization_id, audience_id, term, conversation_id)
SELECT ?1, ?2, t.value, ?3
FROM json_each(?4) AS t
WHERE true
ON CONFLICT DO NOTHING
