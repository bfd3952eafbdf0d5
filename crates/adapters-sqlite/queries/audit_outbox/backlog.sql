SELECT
    count(*) AS "entries!: i64",
    (
        SELECT occurred_at
        FROM audit_entries
        WHERE delivered_at IS NULL AND set_aside_at IS NULL
        ORDER BY position
        LIMIT 1
    ) AS "oldest?: i64",
    (
        SELECT count(*) FROM audit_entries WHERE delivered_at IS NULL AND set_aside_at IS NOT NULL
    ) AS "set_aside!: i64"
FROM audit_entries
WHERE delivered_at IS NULL AND set_aside_at IS NULL
