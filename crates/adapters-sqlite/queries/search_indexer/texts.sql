-- The finished messages of a conversation from a position on.
SELECT m.position, m.content
FROM messages AS m
WHERE m.organization_id = ?1 AND m.conversation_id = ?2 AND m.position >= ?3 AND m.status <> 'writing'
ORDER BY m.position
LIMIT ?4
