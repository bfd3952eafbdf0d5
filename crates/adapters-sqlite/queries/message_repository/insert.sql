-- Adds a message where its conversation (or the copy that is being made) and its parent exist, and neither its id nor its place is
-- taken. That it is there is the first heartbeat of an answer that is being written.
INSERT INTO messages (
    organization_id, conversation_id, id, parent_id, position, depth, role, author_id, model, status, failure, content,
    prompt_tokens, completion_tokens, created_at, reason, reasoning, left_out, sign_of_life_at
)
SELECT
    ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18,
    CASE WHEN ?10 = 'writing' THEN CAST(unixepoch('subsec') * 1000000 AS INTEGER) END
WHERE (
        EXISTS (SELECT 1 FROM conversations AS c WHERE c.organization_id = ?1 AND c.id = ?2)
        OR EXISTS (
            SELECT 1
            FROM conversation_leftovers AS l
            WHERE l.organization_id = ?1 AND l.conversation_id = ?2 AND l.heartbeat_at IS NOT NULL
        )
    )
    AND (
        ?4 IS NULL
        OR EXISTS (
            SELECT 1 FROM messages AS m WHERE m.organization_id = ?1 AND m.conversation_id = ?2 AND m.id = ?4
        )
    )
ON CONFLICT DO NOTHING
