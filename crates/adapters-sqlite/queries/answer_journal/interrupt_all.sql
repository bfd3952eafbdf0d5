-- Every answer that is being written, in all organizations.
UPDATE messages
SET status = 'failed', failure = 'interrupted'
WHERE status = 'writing'
RETURNING organization_id, conversation_id, id, content
