-- Forgets what terms are the title's. Those that no message has go with it.
UPDATE search_terms
SET in_title = 0
WHERE organization_id = ?1 AND conversation_id = ?2 AND in_title = 1 AND position IS NOT NULL
