-- Locks a conversation until the end of the transaction, if it is there. A statement of its own: what it waited for, only the
-- next statement sees.
SELECT id
FROM conversations
WHERE organization_id = $1 AND id = $2
FOR NO KEY UPDATE
