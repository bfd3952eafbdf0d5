-- Numbers the messages of a copy, from position ?3 to ?4, as its events. The trigger does so only where the conversation exists.
INSERT INTO conversation_events (organization_id, conversation_id, number, kind, message_id)
SELECT m.organization_id, m.conversation_id, m.position, 'created', m.id
FROM messages AS m
WHERE m.organization_id = ?1 AND m.conversation_id = ?2 AND m.position BETWEEN ?3 AND ?4
