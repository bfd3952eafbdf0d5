-- Notes that a conversation's rows are being removed: nothing is added any more.
UPDATE conversation_leftovers
SET heartbeat_at = NULL
WHERE organization_id = ?1 AND conversation_id = ?2
