-- Nothing is written any more into a deleted conversation.
UPDATE messages
SET status = 'stopped', sign_of_life_at = NULL
WHERE organization_id = ?1 AND conversation_id = ?2 AND status = 'writing'
