-- A conversation that is not indexed, and from where on.
SELECT
    u.organization_id AS "organization_id: Uuid",
    u.conversation_id AS "conversation_id: Uuid",
    u.next_position,
    c.title
FROM search_unindexed AS u
CROSS JOIN conversations AS c ON c.organization_id = u.organization_id AND c.id = u.conversation_id
LIMIT 1
