-- Notes that a copy is complete, unless it is being removed.
DELETE FROM conversation_leftovers
WHERE organization_id = ?1 AND conversation_id = ?2 AND heartbeat_at IS NOT NULL
