-- Removes counts of denials, of all organizations, whose time of $1 microseconds is over, and answers them: at most $2, and as many that
-- a clock that was set back left in the future. Those that another instance is at work on are left to it.
WITH past AS MATERIALIZED (
    SELECT d.organization_id, d.actor_id, d.conversation_id
    FROM denied_repeats AS d
    WHERE d.began_at <= statement_timestamp() - $1::bigint * interval '1 microsecond'
    LIMIT $2
    FOR UPDATE SKIP LOCKED
),
future AS MATERIALIZED (
    SELECT d.organization_id, d.actor_id, d.conversation_id
    FROM denied_repeats AS d
    WHERE d.began_at >= statement_timestamp() + $1::bigint * interval '1 microsecond'
    LIMIT $2
    FOR UPDATE SKIP LOCKED
),
ended AS MATERIALIZED (
    SELECT * FROM past
    UNION ALL
    SELECT * FROM future
)
DELETE FROM denied_repeats AS d
USING ended
WHERE d.organization_id = ended.organization_id
    AND d.actor_id = ended.actor_id
    AND d.conversation_id = ended.conversation_id
RETURNING d.organization_id, d.actor_id, d.conversation_id, d.repeats, d.last_id, d.first_at, d.last_at, d.document
