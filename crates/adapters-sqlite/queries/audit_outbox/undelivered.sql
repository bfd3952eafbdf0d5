SELECT organization_id, id, actor_id, conversation_id, document
FROM audit_entries
WHERE delivered_at IS NULL AND set_aside_at IS NULL
ORDER BY position
LIMIT ?1
