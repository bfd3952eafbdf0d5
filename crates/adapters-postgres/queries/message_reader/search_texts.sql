-- For each place of a search, the finished messages from there on.
-- $2 and $3 the places, conversations and positions one for one; $4 how many messages of each, $5 how many characters of each of them.
SELECT
    place.conversation_id AS "conversation_id!",
    m.id,
    left(m.content, $5) AS "content!",
    length(m.content) > $5 AS "is_cut!"
FROM unnest($2::uuid[], $3::integer[]) AS place (conversation_id, position)
CROSS JOIN LATERAL (
    SELECT n.id, n.content
    FROM messages AS n
    WHERE n.organization_id = $1
        AND n.conversation_id = place.conversation_id
        AND n.position >= place.position
        AND n.status <> 'writing'
    ORDER BY n.position
    LIMIT $4
) AS m
