-- Adds entries in the order of the arrays $1 to $8, if none of their ids is taken: the number of rows says how many were added.
--
-- Entries of one conversation get their positions one transaction after the other: each takes a lock of the conversation (of the
-- class $9) first and keeps it until it is committed. So positions grow in the order of commit, also where the conversation
-- itself is not locked, since nothing of it is changed. An entry about a conversation that its actor cannot see takes no such lock:
-- an actor who waits for it learns that somebody else is changing that conversation.
--
-- A reading with privileged access continues the visit of the same person's newest reading of the same conversation, if that is less
-- than $10 microseconds old. It looks for it under the conversation's lock, and sees what was committed before it got the lock.
WITH given AS MATERIALIZED (
    SELECT *
    FROM unnest(
        $1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::uuid[], $6::text[], $7::timestamptz[], $8::text[]
    ) AS e (organization_id, id, action, actor_id, conversation_id, privileged_reading, occurred_at, document)
),
locked AS MATERIALIZED (
    SELECT pg_advisory_xact_lock($9, c.key)
    FROM (
        SELECT DISTINCT uuid_hash(given.conversation_id) AS key
        FROM given
        WHERE given.conversation_id IS NOT NULL AND given.action <> 'AI_INFERENCE_STREAM_ACCESS_DENIED'
        ORDER BY key
    ) AS c
)
INSERT INTO audit_entries (
    organization_id, id, action, actor_id, conversation_id, privileged_reading, occurred_at, document,
    recorded_at, visit_id
)
SELECT
    e.organization_id, e.id, e.action, e.actor_id, e.conversation_id, e.privileged_reading, e.occurred_at, e.document,
    clock_timestamp(),
    CASE
        WHEN e.privileged_reading = 'open' THEN parlor_continued_visit(
            e.organization_id, e.conversation_id, e.actor_id, $10::bigint * interval '1 microsecond'
        )
    END
FROM given AS e
WHERE (SELECT count(*) FROM locked) >= 0
ON CONFLICT DO NOTHING
