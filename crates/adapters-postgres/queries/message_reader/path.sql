-- The part of a path from depth $4 on, $5 messages long, and the leaf itself, so that an empty part tells where it ends too.
-- The path is walked up from the leaf by ids alone, and no further than the part needs. A path has one message of each depth.
-- OFFSET keeps it so: one message after the other, never all of the conversation's.
WITH RECURSIVE leaf (id) AS (
    SELECT id
    FROM messages
    WHERE $3::uuid IS NOT NULL AND organization_id = $1 AND conversation_id = $2 AND id = $3
    UNION ALL
    -- The message that came last is the newest leaf.
    (
        SELECT id
        FROM messages
        WHERE $3::uuid IS NULL AND organization_id = $1 AND conversation_id = $2
        ORDER BY position DESC
        LIMIT 1
    )
),
path (id, parent_id, depth, is_leaf) AS (
    SELECT m.id, m.parent_id, m.depth, true
    FROM leaf
    CROSS JOIN LATERAL (
        SELECT m.id, m.parent_id, m.depth
        FROM messages AS m
        WHERE m.organization_id = $1 AND m.conversation_id = $2 AND m.id = leaf.id
        OFFSET 0
    ) AS m
    UNION ALL
    SELECT m.id, m.parent_id, m.depth, false
    FROM path
    CROSS JOIN LATERAL (
        SELECT m.id, m.parent_id, m.depth
        FROM messages AS m
        WHERE m.organization_id = $1 AND m.conversation_id = $2 AND m.id = path.parent_id
        OFFSET 0
    ) AS m
    WHERE path.depth > $4::bigint
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
    CASE WHEN m.parent_id IS NULL THEN ARRAY(
        SELECT s.id
        FROM messages AS s
        WHERE s.organization_id = $1 AND s.conversation_id = $2 AND s.parent_id IS NULL
        ORDER BY s.position
    ) ELSE ARRAY(
        SELECT s.id
        FROM messages AS s
        WHERE s.organization_id = $1 AND s.conversation_id = $2 AND s.parent_id = m.parent_id
        ORDER BY s.position
    ) END AS "siblings!",
    path.is_leaf AS "is_leaf!",
    (path.depth >= $4::bigint AND path.depth < $4::bigint + $5::bigint) AS "is_in_part!"
FROM path
CROSS JOIN LATERAL (
    SELECT m.*
    FROM messages AS m
    WHERE m.organization_id = $1 AND m.conversation_id = $2 AND m.id = path.id
    OFFSET 0
) AS m
LEFT JOIN users AS u ON u.organization_id = $1 AND u.id = m.author_id
WHERE path.is_leaf OR (path.depth >= $4::bigint AND path.depth < $4::bigint + $5::bigint)
-- At most a page and the leaf.
ORDER BY path.depth
