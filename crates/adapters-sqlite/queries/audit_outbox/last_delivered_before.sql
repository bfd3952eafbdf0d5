-- Entries before the first one that waits are delivered or set aside: the last delivered one is close, unless very many were set
-- aside. Positions are in the order of commit over the whole store, and whichever organization's entry it is, the sink has it.
SELECT organization_id, id, actor_id, conversation_id, document
FROM (
    SELECT organization_id, id, actor_id, conversation_id, document, position, delivered_at
    FROM audit_entries
    WHERE position < (SELECT own.position FROM audit_entries AS own WHERE own.organization_id = ?1 AND own.id = ?2)
    ORDER BY position DESC
    LIMIT 1000
)
WHERE delivered_at IS NOT NULL
ORDER BY position DESC
LIMIT 1
