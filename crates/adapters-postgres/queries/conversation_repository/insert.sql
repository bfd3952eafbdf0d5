-- Adds a conversation with its grants to groups ($11 and their levels $12) and the words of its title ($13), if its id is not
-- taken. The number of rows tells whether it was added.
WITH added AS (
    INSERT INTO conversations (
        organization_id, id, owner_id, title, privacy, organization_level, created_at, last_activity_at, version, forked_from
    )
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
    ON CONFLICT DO NOTHING
    RETURNING organization_id, id
),
granted AS (
    INSERT INTO conversation_group_grants (
        organization_id, conversation_id, group_id, level, last_activity_at, owner_id
    )
    SELECT added.organization_id, added.id, granted.group_id, granted.level, $8, $3
    FROM added
    CROSS JOIN unnest($11::uuid[], $12::text[]) AS granted (group_id, level)
)
INSERT INTO search_documents (organization_id, conversation_id, source_id, words)
SELECT added.organization_id, added.id, added.id, array_to_tsvector(string_to_array($13, ' '))
FROM added
