-- Puts the first $3 entries after ($1, $2) that were set aside among those that wait again. (The condition on `set_aside_at` alone is that
-- of their index.)
WITH chosen AS (
    SELECT e.organization_id, e.id
    FROM audit_entries AS e
    WHERE e.set_aside_at IS NOT NULL
        AND e.delivered_at IS NULL
        AND (e.organization_id, e.position) > ($1, $2)
    ORDER BY e.organization_id, e.position
    LIMIT $3
)
UPDATE audit_entries AS e
SET set_aside_at = NULL, set_aside_reason = NULL
FROM chosen
WHERE e.organization_id = chosen.organization_id
    AND e.id = chosen.id
    AND e.set_aside_at IS NOT NULL
    AND e.delivered_at IS NULL
RETURNING e.organization_id, e.position, e.id
