-- Puts the first ?2 entries after the position ?1 that were set aside among those that wait again. (The conditions are those of their index.)
UPDATE audit_entries
SET set_aside_at = NULL, set_aside_reason = NULL
WHERE position IN (
    SELECT position
    FROM audit_entries
    WHERE delivered_at IS NULL AND set_aside_at IS NOT NULL AND position > ?1
    ORDER BY position
    LIMIT ?2
)
RETURNING organization_id AS "organization_id!: Uuid", position AS "position!: i64", id AS "id!: Uuid"
