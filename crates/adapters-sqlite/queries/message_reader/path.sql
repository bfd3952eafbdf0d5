-- The part of a path from depth ?4 on, ?5 messages long, and the leaf itself, so that an empty part tells where it ends too.
-- The path is walked up from the leaf by ids alone, and no further than the part needs. A path has one message of each depth.
WITH RECURSIVE leaf (id) AS (
    SELECT id
    FROM messages
    WHERE ?3 IS NOT NULL AND organization_id = ?1 AND conversation_id = ?2 AND id = ?3
    UNION ALL
    -- The message that came last is the newest leaf.
    SELECT id FROM (
        SELECT id
        FROM messages
        WHERE ?3 IS NULL AND organization_id = ?1 AND conversation_id = ?2
        ORDER BY position DESC
        LIMIT 1
    )
),
path (id, parent_id, depth, is_leaf) AS (
    SELECT m.id, m.parent_id, m.depth, 1
    FROM leaf
    CROSS JOIN messages AS m
    WHERE m.organization_id = ?1 AND m.conversation_id = ?2 AND m.id = leaf.id
    UNION ALL
    SELECT m.id, m.parent_id, m.depth, 0
    FROM path
    CROSS JOIN messages AS m
    WHERE m.organization_id = ?1 AND m.conversation_id = ?2 AND m.id = path.parent_id AND path.depth > ?4
)
SELECT
    m.id,
    m.parent_id,
    m.position,
    m.depth,
    m.role,
    m.author_id,
    m.model,
    m.status,
    m.failure,
    m.reason,
    m.content,
    m.reasoning,
    m.prompt_tokens,
    m.completion_tokens,
    m.created_at,
    u.name AS "author_name?",
    (
        SELECT json_group_array(hex(s.id) ORDER BY s.position)
        FROM messages AS s
        WHERE s.organization_id = ?1 AND s.conversation_id = ?2 AND s.parent_id IS m.parent_id
    ) AS "siblings!: String",
    path.is_leaf AS "is_leaf!: bool",
    (m.depth >= ?4 AND m.depth < ?4 + ?5) AS "is_in_part!: bool"
FROM path
CROSS JOIN messages AS m
LEFT JOIN users AS u ON u.organization_id = m.organization_id AND u.id = m.author_id
WHERE m.organization_id = ?1
    AND m.conversation_id = ?2
    AND m.id = path.id
    AND (path.is_leaf OR (path.depth >= ?4 AND path.depth < ?4 + ?5))
-- At most a page and the leaf.
ORDER BY path.depth
