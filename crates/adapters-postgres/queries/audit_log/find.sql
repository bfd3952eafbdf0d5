SELECT id, actor_id, conversation_id, document
FROM audit_entries
WHERE organization_id = $1 AND id = $2
