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
    m.left_out,
    m.prompt_tokens,
    m.completion_tokens,
    m.created_at
FROM unnest($3::uuid[]) AS wanted (id)
-- OFFSET keeps it at one look by each id. Else PostgreSQL goes through the whole conversation.
CROSS JOIN LATERAL (
    SELECT m.* FROM messages AS m WHERE m.organization_id = $1 AND m.conversation_id = $2 AND m.id = wanted.id OFFSET 0
) AS m
ORDER BY m.position
