UPDATE messages
SET
    content = ?4,
    status = ?5,
    failure = ?6,
    prompt_tokens = ?7,
    completion_tokens = ?8,
    reason = ?9,
    reasoning = ?10,
    left_out = ?11,
    sign_of_life_at = NULL
WHERE organization_id = ?1 AND conversation_id = ?2 AND id = ?3 AND status = 'writing'
RETURNING position
