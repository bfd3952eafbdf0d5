-- Each organization's entries in the order of commit, after ($1, $2).
SELECT
    organization_id,
    position,
    id,
    actor_id,
    conversation_id,
    document,
    (delivered_at IS NOT NULL) AS "delivered!"
FROM audit_entries
WHERE (organization_id, position) > ($1, $2)
ORDER BY organization_id, position
LIMIT $3
