-- Locks a conversation until the end of the transaction, if it is there, for the service's own work: no request waits here.
-- A statement of its own: what it waited for, only the next statement sees.
SELECT id
FROM conversations
WHERE organization_id = $1 AND id = $2
FOR NO KEY UPDATE
