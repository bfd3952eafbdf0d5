-- How many entries wait, since when the first one of any organization does, and how many were set aside.
SELECT
    count(*) AS "entries!",
    (
        SELECT min(oldest.occurred_at)
        FROM audit_relay_leases AS l
        CROSS JOIN LATERAL (
            SELECT e.occurred_at
            FROM audit_entries AS e
            WHERE e.organization_id = l.organization_id AND e.delivered_at IS NULL AND e.set_aside_at IS NULL
            ORDER BY e.position
            LIMIT 1
        ) AS oldest
    ) AS oldest,
    (
        SELECT count(*) FROM audit_entries WHERE delivered_at IS NULL AND set_aside_at IS NOT NULL
    ) AS "set_aside!"
FROM audit_entries
WHERE delivered_at IS NULL AND set_aside_at IS NULL
