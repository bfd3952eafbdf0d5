-- Deletes the terms that only the title has.
DELETE FROM search_terms
WHERE organization_id = ?1 AND conversation_id = ?2 AND position IS NULL
