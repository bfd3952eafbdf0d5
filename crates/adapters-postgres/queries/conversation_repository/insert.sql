-- Adds a conversation with its grants to groups ($11 and their levels $12) and the terms of its title ($13), if its id is not
-- taken; tells whether it was added.
WITH added AS (
    INSERT INTO conversations (
        organization_id,
        id,
        owner_id,
        title,
        privacy,
        organization_level,
        created_at,
        last_activity_at,
        version,
        forked_from,
        title_is_given
    )
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $14)
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
),
titled AS (
    INSERT INTO search_terms (organization_id, conversation_id, term, in_title)
    SELECT added.organization_id, added.id, t.term, true
    FROM added
    CROSS JOIN unnest($13::text[]) AS t (term)
)
SELECT count(*) AS "added!"
FROM added
