-- Locks a conversation that is to be indexed, unless somebody else holds it.
SELECT c.title
FROM conversations AS c
WHERE c.organization_id = $1 AND c.id = $2
FOR NO KEY UPDATE SKIP LOCKED
