-- Removes at most ?2 counts of denials whose time of ?1 microseconds is over, and answers them.
DELETE FROM denied_repeats
WHERE (organization_id, actor_id, conversation_id) IN (
    SELECT d.organization_id, d.actor_id, d.conversation_id
    FROM denied_repeats AS d
    WHERE d.began_at <= CAST(unixepoch('subsec') * 1000000 AS INTEGER) - ?1
        OR d.began_at >= CAST(unixepoch('subsec') * 1000000 AS INTEGER) + ?1
    LIMIT ?2
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
