-- Notes that a copy is being made.
INSERT INTO conversation_leftovers (organization_id, conversation_id, heartbeat_at)
SELECT ?1, ?2, CAST(unixepoch('subsec') * 1000000 AS INTEGER)
WHERE NOT EXISTS (SELECT 1 FROM conversations AS c WHERE c.organization_id = ?1 AND c.id = ?2)
ON CONFLICT DO NOTHING
