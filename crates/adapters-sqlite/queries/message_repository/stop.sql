-- Stops an answer that is being written, and answers what had come.
UPDATE messages
SET status = 'stopped', sign_of_life_at = NULL
WHERE organization_id = ?1 AND conversation_id = ?2 AND id = ?3 AND status = 'writing'
RETURNING position, content
