-- Notes that something is added to a copy, unless it is being removed.
UPDATE conversation_leftovers
SET heartbeat_at = CAST(unixepoch('subsec') * 1000000 AS INTEGER)
WHERE organization_id = ?1 AND conversation_id = ?2 AND heartbeat_at IS NOT NULL
