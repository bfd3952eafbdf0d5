-- At most ?2 answers, of all organizations, whose writer had no heartbeat for longer than ?1 microseconds; for none at all, of
-- all that are being written, whatever a clock that was set back may say.
UPDATE messages
SET status = 'failed', failure = 'interrupted', reason = 'interrupted', sign_of_life_at = NULL
WHERE rowid IN (
    SELECT m.rowid
    FROM messages AS m
    WHERE m.status = 'writing'
        AND (
            ?1 = 0
            OR m.sign_of_life_at IS NULL
            OR m.sign_of_life_at < CAST(unixepoch('subsec') * 1000000 AS INTEGER) - ?1
        )
    LIMIT ?2
)
RETURNING organization_id, conversation_id, position, content
