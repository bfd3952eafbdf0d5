-- Adds an entry, if its id is not taken. What append.sql says of locks holds here too, and it takes half as long. (Without a
-- conversation the lock's function is not called.)
INSERT INTO audit_entries (
    organization_id, id, action, actor_id, conversation_id, privileged_reading, occurred_at, document
)
SELECT $1, $2, $3, $4, $5, $6, $7, $8
FROM pg_advisory_xact_lock($9, uuid_hash(CASE WHEN $3 <> 'AI_INFERENCE_STREAM_ACCESS_DENIED' THEN $5::uuid END))
ON CONFLICT DO NOTHING
