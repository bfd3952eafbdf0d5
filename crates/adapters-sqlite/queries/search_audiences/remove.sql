-- Lets an audience find a conversation by these terms no longer.
DELETE FROM search_audience_terms
WHERE organization_id = ?1
    AND audience_id = ?2
    AND term IN (SELECT t.value FROM json_each(?4) AS t)
    AND conversation_id = ?3
