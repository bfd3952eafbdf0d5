-- The oldest entries that are neither delivered nor set aside, of the organizations $1, at most $2. A statement of its own after the
-- leases were taken: it sees what the last holder marked.
SELECT e.organization_id AS "organization_id!", e.id AS "id!", e.actor_id AS "actor_id!", e.conversation_id, e.document AS "document!"
FROM unnest($1::uuid[]) AS leased (organization_id)
CROSS JOIN LATERAL (
    SELECT n.organization_id, n.id, n.actor_id, n.conversation_id, n.document, n.position
    FROM audit_entries AS n
    WHERE n.organization_id = leased.organization_id AND n.delivered_at IS NULL AND n.set_aside_at IS NULL
    ORDER BY n.position
    LIMIT $2
) AS e
ORDER BY e.position
LIMIT $2
