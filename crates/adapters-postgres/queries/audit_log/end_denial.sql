-- Removes the count of one person's denials of one id, if its time of $4 microseconds is over, and answers it.
DELETE FROM denied_repeats
WHERE organization_id = $1
    AND actor_id = $2
    AND conversation_id = $3
    AND (
        began_at <= clock_timestamp() - $4::bigint * interval '1 microsecond'
        OR began_at >= clock_timestamp() + $4::bigint * interval '1 microsecond'
    )
RETURNING organization_id, actor_id, conversation_id, repeats, last_id, first_at, last_at, document
