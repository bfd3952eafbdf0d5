-- Adds the entry of a denial ($1 to $6), or counts it where the same person was denied the same id less than $7 microseconds ago.
-- Answers how many repeats are counted, whether the count is new, and how many entries were added; no repeats at all where there is
-- a count whose time is over.
--
-- A denial that was counted already changes nothing: a caller that lost the answer sends it again. The only row that it can wait for is the actor's own count of this id, so
-- the wait tells nothing of a conversation.
WITH counted AS (
    INSERT INTO denied_repeats AS d (organization_id, actor_id, conversation_id, last_id)
    VALUES ($1, $3, $4, $2)
    ON CONFLICT (organization_id, actor_id, conversation_id) DO UPDATE
    SET repeats = d.repeats + CASE WHEN d.last_id = excluded.last_id THEN 0 ELSE 1 END,
        last_id = excluded.last_id,
        first_at = CASE WHEN d.last_id = excluded.last_id THEN d.first_at ELSE least(d.first_at, $5) END,
        last_at = CASE WHEN d.last_id = excluded.last_id THEN d.last_at ELSE $5 END,
        document = CASE WHEN d.last_id = excluded.last_id THEN d.document ELSE $6 END
    WHERE d.began_at > clock_timestamp() - $7::bigint * interval '1 microsecond'
        AND d.began_at < clock_timestamp() + $7::bigint * interval '1 microsecond'
    -- A row that was inserted has no transaction that changed it.
    RETURNING d.repeats, d.xmax = 0 AS is_new
),
added AS (
    INSERT INTO audit_entries (
        organization_id, id, action, actor_id, conversation_id, occurred_at, document, recorded_at
    )
    SELECT $1, $2, 'AI_INFERENCE_STREAM_ACCESS_DENIED', $3, $4, $5, $6, clock_timestamp()
    FROM counted
    WHERE counted.repeats = 0
    ON CONFLICT DO NOTHING
    RETURNING id
)
SELECT
    (SELECT counted.repeats FROM counted) AS repeats,
    (SELECT counted.is_new FROM counted) AS is_new,
    (SELECT count(*) FROM added) AS "added!"
