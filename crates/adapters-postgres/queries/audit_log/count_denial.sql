-- Adds the entry of a denial ($1 to $6), or counts it where the same person was denied the same id less than $7 microseconds
-- ago. Answers whether the log has it already, how many repeats are counted, whether the count is new, and how many entries were
-- added; no repeats at all where the log has it, or where there is a count whose time is over.
--
-- A denial that was counted already, one of the newest 32, changes nothing: a caller that lost the answer sends it again. The
-- only row that it can wait for is the actor's own count of this id, so the wait tells nothing of a conversation.
WITH logged AS (
    SELECT e.id
    -- Found by its id alone: among those of a conversation, it would take as long as the conversation has entries.
    FROM (
        SELECT own.id, own.actor_id, own.conversation_id
        FROM audit_entries AS own
        WHERE own.organization_id = $1 AND own.id = $2
        OFFSET 0
    ) AS e
    WHERE e.actor_id = $3 AND e.conversation_id = $4
),
counted AS (
    INSERT INTO denied_repeats AS d (organization_id, actor_id, conversation_id, last_id, counted_ids)
    SELECT $1, $3, $4, $2, ARRAY[$2::uuid]
    WHERE NOT EXISTS (SELECT 1 FROM logged)
    ON CONFLICT (organization_id, actor_id, conversation_id) DO UPDATE
    SET (repeats, last_id, first_at, last_at, document, counted_ids) = (
        SELECT d.repeats, d.last_id, d.first_at, d.last_at, d.document, d.counted_ids
        WHERE excluded.last_id = d.last_id OR excluded.last_id = ANY (coalesce(d.counted_ids, '{}'))
        UNION ALL
        SELECT
            d.repeats + 1,
            excluded.last_id,
            least(d.first_at, $5),
            $5,
            $6,
            -- The first one stays.
            d.counted_ids[:1] || (d.counted_ids[2:] || excluded.last_id)[greatest(1, cardinality(d.counted_ids) - 31):]
        WHERE excluded.last_id <> d.last_id AND excluded.last_id <> ALL (coalesce(d.counted_ids, '{}'))
    )
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
    EXISTS (SELECT 1 FROM logged) AS "is_logged!",
    (SELECT counted.repeats FROM counted) AS repeats,
    (SELECT counted.is_new FROM counted) AS is_new,
    (SELECT count(*) FROM added) AS "added!"
