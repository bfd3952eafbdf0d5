-- Removes the last ?3 messages: nothing follows them.
DELETE FROM messages
WHERE rowid IN (
    SELECT m.rowid
    FROM messages AS m
    WHERE m.organization_id = ?1 AND m.conversation_id = ?2
    ORDER BY m.position DESC
    LIMIT ?3
)
