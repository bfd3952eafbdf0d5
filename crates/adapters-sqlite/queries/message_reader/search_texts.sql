-- For each place of a search, the finished messages from there on.
-- ?2 the places: conversations and positions; ?3 how many messages of each, ?4 how many characters of each of them.
SELECT
    m.conversation_id AS "conversation_id: Uuid",
    m.id AS "id: Uuid",
    substr(m.content, 1, ?4) AS "content!: String",
    length(m.content) > ?4 AS "is_cut!: bool"
FROM json_each(?2) AS place
CROSS JOIN messages AS m ON m.organization_id = ?1
    AND m.conversation_id = unhex(place.value ->> 0)
    AND m.position IN (
        SELECT n.position
        FROM messages AS n
        WHERE n.organization_id = ?1
            AND n.conversation_id = unhex(place.value ->> 0)
            AND n.position >= place.value ->> 1
            AND n.status <> 'writing'
        ORDER BY n.position
        LIMIT ?3
    )
    AND EXISTS (SELECT 1 FROM conversations AS c WHERE c.organization_id = ?1 AND c.id = m.conversation_id)
ORDER BY place.key, m.position
