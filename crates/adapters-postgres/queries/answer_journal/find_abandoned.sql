-- Answers, in all organizations, whose writer had no heartbeat for longer than $1 microseconds; for none at all, those that
-- are being written, whatever a clock that was set back may say. At most $2.
SELECT m.organization_id, m.conversation_id, m.id, m.content, m.sign_of_life_at
FROM messages AS m
WHERE m.status = 'writing'
    AND (
        $1::bigint = 0
        OR m.sign_of_life_at IS NULL
        OR m.sign_of_life_at < now() - $1::bigint * interval '1 microsecond'
    )
LIMIT $2
