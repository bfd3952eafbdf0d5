-- All messages in the order in which they came, without their texts: a length is read without the text.
SELECT
    m.id,
    m.parent_id,
    m.position,
    octet_length(m.content) + coalesce(octet_length(m.reasoning), 0) AS "bytes!: i64"
FROM messages AS m
WHERE m.organization_id = ?1 AND m.conversation_id = ?2
    AND EXISTS (SELECT 1 FROM conversations AS c WHERE c.organization_id = ?1 AND c.id = ?2)
ORDER BY m.position
