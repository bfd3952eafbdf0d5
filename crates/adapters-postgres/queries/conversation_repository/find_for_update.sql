-- One conversation with all its grants. It is locked already.
SELECT
    c.owner_id,
    c.title,
    c.title_is_given,
    c.privacy,
    c.organization_level,
    ARRAY(
        SELECT g.level || ' ' || g.group_id
        FROM conversation_group_grants AS g
        WHERE g.organization_id = $1 AND g.conversation_id = $2
    ) AS "group_grants!",
    c.created_at,
    c.last_activity_at,
    c.version,
    c.forked_from
FROM conversations AS c
WHERE c.organization_id = $1 AND c.id = $2
