-- The first audience, from a conversation on, whose terms are not right: where the work on them continues, and whether it is an
-- audience.
SELECT
    pending.organization_id AS "organization_id: Uuid",
    pending.conversation_id AS "conversation_id: Uuid",
    pending.audience_id AS "audience_id: Uuid",
    pending.from_position,
    pending.done_up_to,
    EXISTS (
        SELECT 1
        FROM conversation_audiences AS a
        WHERE a.organization_id = pending.organization_id
            AND a.conversation_id = pending.conversation_id
            AND a.audience_id = pending.audience_id
    ) AS "is_audience!: bool"
FROM search_audience_pending AS pending
WHERE (pending.organization_id, pending.conversation_id) >= (?1, ?2)
ORDER BY pending.organization_id, pending.conversation_id, pending.audience_id
LIMIT 1
