-- Removes the count of one person's denials of one id, if its time of ?4 microseconds is over, and answers it.
DELETE FROM denied_repeats
WHERE organization_id = ?1
    AND actor_id = ?2
    AND conversation_id = ?3
    AND (
        began_at <= CAST(unixepoch('subsec') * 1000000 AS INTEGER) - ?4
        OR began_at >= CAST(unixepoch('subsec') * 1000000 AS INTEGER) + ?4
    )
RETURNING
    organization_id AS "organization_id: Uuid",
    actor_id AS "actor_id: Uuid",
    conversation_id AS "conversation_id: Uuid",
    repeats AS "repeats!",
    last_id AS "last_id: Uuid",
    first_at,
    last_at,
    document
