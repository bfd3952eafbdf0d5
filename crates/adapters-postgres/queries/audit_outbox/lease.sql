-- The organizations with entries that wait, as far as this instance ($1) may deliver them: it takes leases that are free, and keeps
-- its own for $2 microseconds more once less than $3 microseconds are left. Where nothing waits, nothing is written.
WITH RECURSIVE waiting (organization_id) AS (
    -- From one organization to the next through the index, past all the entries of each.
    (
        SELECT e.organization_id
        FROM audit_entries AS e
        WHERE e.delivered_at IS NULL AND e.set_aside_at IS NULL
        ORDER BY e.organization_id
        LIMIT 1
    )
    UNION ALL
    SELECT (
        SELECT e.organization_id
        FROM audit_entries AS e
        WHERE e.delivered_at IS NULL AND e.set_aside_at IS NULL AND e.organization_id > waiting.organization_id
        ORDER BY e.organization_id
        LIMIT 1
    )
    FROM waiting
    WHERE waiting.organization_id IS NOT NULL
),
held AS MATERIALIZED (
    SELECT l.organization_id
    FROM waiting
    JOIN audit_relay_leases AS l ON l.organization_id = waiting.organization_id
    WHERE l.holder = $1 AND l.expires_at >= clock_timestamp() + $3::bigint * interval '1 microsecond'
),
free AS MATERIALIZED (
    SELECT l.organization_id
    FROM waiting
    JOIN audit_relay_leases AS l ON l.organization_id = waiting.organization_id
    WHERE (l.holder = $1 AND l.expires_at < clock_timestamp() + $3::bigint * interval '1 microsecond')
        OR l.holder IS NULL
        OR l.expires_at < clock_timestamp()
    FOR UPDATE OF l SKIP LOCKED
),
taken AS (
    UPDATE audit_relay_leases AS l
    SET holder = $1, expires_at = clock_timestamp() + $2::bigint * interval '1 microsecond'
    FROM free
    WHERE l.organization_id = free.organization_id
    RETURNING l.organization_id
)
SELECT held.organization_id AS "organization_id!" FROM held
UNION ALL
SELECT taken.organization_id FROM taken
