-- Positions are in the order of commit over the whole store, so one number says where to go on.
SELECT
    organization_id,
    position,
    id,
    actor_id,
    conversation_id,
    document,
    (delivered_at IS NOT NULL) AS "delivered!: bool"
FROM audit_entries
WHERE position > ?1
ORDER BY position
LIMIT ?2
