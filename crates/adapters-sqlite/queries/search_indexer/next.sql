-- A conversation that is not indexed, and from where on.
SELECT
    unindexed.organization_id AS "organization_id: Uuid",
    unindexed.conversation_id AS "conversation_id: Uuid",
    unindexed.next_position,
    c.title
FROM search_unindexed AS unindexed
CROSS JOIN conversations AS c ON c.organization_id = unindexed.organization_id AND c.id = unindexed.conversation_id
LIMIT 1
