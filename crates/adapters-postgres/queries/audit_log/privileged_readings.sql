-- Who read a conversation with privileged access, one line a visit, the visit that began last first: under the name they have now, or
-- else the one they had then.
SELECT
    e.id,
    e.actor_id,
    coalesce(u.name, e.document::json -> 'actor' ->> 'name', '') AS "reader_name!",
    e.privileged_reading AS "privileged_reading!",
    e.occurred_at,
    greatest(
        e.occurred_at,
        (
            SELECT last.occurred_at
            FROM audit_entries AS last
            WHERE last.organization_id = $1 AND last.visit_id = e.id
            ORDER BY last.position DESC
            LIMIT 1
        )
    ) AS "last_occurred_at!"
FROM audit_entries AS e
LEFT JOIN users AS u ON u.organization_id = $1 AND u.id = e.actor_id
WHERE e.organization_id = $1
    AND e.conversation_id = $2
    AND e.privileged_reading IS NOT NULL
    AND e.visit_id IS NULL
    AND e.position < CASE
        WHEN $3::uuid IS NULL THEN 9223372036854775807
        ELSE (SELECT before.position FROM audit_entries AS before WHERE before.organization_id = $1 AND before.id = $3)
    END
ORDER BY e.position DESC
LIMIT $4
