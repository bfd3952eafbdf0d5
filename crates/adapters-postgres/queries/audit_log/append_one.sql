-- Adds an entry, if its id is not taken. What append.sql says of locks and visits is true here too, and this takes half as long.
-- (Without a conversation the lock's function is not called.)
INSERT INTO audit_entries (
    organization_id, id, action, actor_id, conversation_id, privileged_reading, occurred_at, document,
    recorded_at, visit_id
)
SELECT
    $1, $2, $3, $4, $5, $6, $7, $8,
    clock_timestamp(),
    CASE WHEN $6 = 'open' THEN parlor_continued_visit($1, $5, $4, $10::bigint * interval '1 microsecond') END
FROM pg_advisory_xact_lock($9, uuid_hash(CASE WHEN $3 <> 'AI_INFERENCE_STREAM_ACCESS_DENIED' THEN $5::uuid END))
ON CONFLICT DO NOTHING
