-- Notes that a conversation has new terms, of messages from position ?3 on, which its audiences do not have yet. Where the work on
-- an audience has not begun, it begins from there.
INSERT INTO search_audience_pending (organization_id, conversation_id, audience_id, from_position)
SELECT a.organization_id, a.conversation_id, a.audience_id, ?3
FROM conversation_audiences AS a
WHERE a.organization_id = ?1 AND a.conversation_id = ?2
ON CONFLICT DO UPDATE
SET
    from_position = iif(done_up_to = '', min(from_position, excluded.from_position), from_position),
    again_from = iif(
        done_up_to = '',
        NULL,
        min(coalesce(again_from, excluded.from_position), excluded.from_position)
    )
