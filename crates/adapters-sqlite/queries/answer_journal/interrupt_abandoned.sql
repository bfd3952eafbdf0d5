-- Every answer, in all organizations, whose writer gave no sign of life for longer than ?1 microseconds; for none at all, every
-- one that is being written, whatever a clock that was set back may say.
UPDATE messages
SET status = 'failed', failure = 'interrupted', reason = 'interrupted', sign_of_life_at = NULL
WHERE status = 'writing'
    AND (
        ?1 = 0
        OR sign_of_life_at IS NULL
        OR sign_of_life_at < CAST(unixepoch('subsec') * 1000000 AS INTEGER) - ?1
    )
RETURNING organization_id, conversation_id, position, content
