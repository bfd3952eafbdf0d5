-- Entries before the first one that waits are delivered or set aside: the last delivered one is close, unless very many were set
-- aside.
SELECT before.organization_id, before.id, before.actor_id, before.conversation_id, before.document
FROM (
    SELECT e.organization_id, e.id, e.actor_id, e.conversation_id, e.document, e.position, e.delivered_at
    FROM audit_entries AS e
    WHERE e.organization_id = $1 AND e.position < (
        SELECT own.position
        FROM audit_entries AS own
        WHERE own.organization_id = $1 AND own.id = $2
    )
    ORDER BY e.position DESC
    LIMIT 1000
) AS before
WHERE before.delivered_at IS NOT NULL
ORDER BY before.position DESC
LIMIT 1
