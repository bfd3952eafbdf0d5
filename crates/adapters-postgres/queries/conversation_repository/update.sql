-- Saves a conversation that is locked, with its grants to groups ($9 and their levels $10). The number of rows tells whether it
-- was there.
--
-- All parts of the statement see the conversation as it was before.
WITH before AS MATERIALIZED (
    SELECT c.organization_id, c.id
    FROM conversations AS c
    WHERE c.organization_id = $1 AND c.id = $2
),
ungranted AS (
    DELETE FROM conversation_group_grants AS g
    WHERE g.organization_id = $1 AND g.conversation_id = $2 AND g.group_id <> ALL ($9::uuid[])
),
granted AS (
    INSERT INTO conversation_group_grants AS g (
        organization_id, conversation_id, group_id, level, last_activity_at, owner_id
    )
    SELECT before.organization_id, before.id, granted.group_id, granted.level, $7, $3
    FROM before
    CROSS JOIN unnest($9::uuid[], $10::text[]) AS granted (group_id, level)
    ON CONFLICT (organization_id, conversation_id, group_id) DO UPDATE
    SET level = excluded.level, last_activity_at = excluded.last_activity_at, owner_id = excluded.owner_id
    WHERE (g.level, g.last_activity_at, g.owner_id)
        IS DISTINCT FROM (excluded.level, excluded.last_activity_at, excluded.owner_id)
)
UPDATE conversations
SET
    owner_id = $3,
    title = $4,
    title_is_given = $11,
    privacy = $5,
    organization_level = $6,
    last_activity_at = $7,
    version = $8
WHERE organization_id = $1 AND id = $2
