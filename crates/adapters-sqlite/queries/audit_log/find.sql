SELECT
    id AS "id: Uuid",
    actor_id AS "actor_id: Uuid",
    conversation_id AS "conversation_id: Uuid",
    document
FROM audit_entries
WHERE organization_id = ?1 AND id = ?2
