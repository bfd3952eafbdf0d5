-- What is to be removed: deleted conversations, and copies to which nothing was added for longer than ?1 microseconds.
SELECT
    leftovers.organization_id AS "organization_id: Uuid",
    leftovers.conversation_id AS "conversation_id: Uuid"
FROM conversation_leftovers AS leftovers
WHERE leftovers.heartbeat_at IS NULL
    OR leftovers.heartbeat_at < CAST(unixepoch('subsec') * 1000000 AS INTEGER) - ?1
