-- One conversation with all its grants. The transaction is the only writer from its beginning: nothing needs a lock.
SELECT
    c.owner_id,
    c.title,
    c.title_is_given AS "title_is_given?: bool",
    c.privacy,
    c.organization_level,
    (
        SELECT json_group_object(hex(g.group_id), g.level)
        FROM conversation_group_grants AS g
        WHERE g.organization_id = ?1 AND g.conversation_id = ?2
    ) AS "group_grants!: String",
    c.created_at,
    c.last_activity_at,
    c.version,
    c.forked_from
FROM conversations AS c
WHERE c.organization_id = ?1 AND c.id = ?2
