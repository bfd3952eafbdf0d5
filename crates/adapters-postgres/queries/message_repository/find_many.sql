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
FROM messages AS m
WHERE m.organization_id = $1 AND m.conversation_id = $2 AND m.id = ANY($3)
-- Not by the index of the positions, which would go through the whole conversation.
ORDER BY m.position + 0
