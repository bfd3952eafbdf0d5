-- Notes that the messages, events and terms of a deleted conversation are to be removed.
INSERT INTO conversation_leftovers (organization_id, conversation_id, heartbeat_at)
VALUES (?1, ?2, NULL)
ON CONFLICT (organization_id, conversation_id) DO UPDATE SET heartbeat_at = NULL
