-- All grants of a conversation, with the names of the groups.
SELECT
    c.privacy,
    c.organization_level,
    c.version,
    (
        SELECT json_group_array(json_array(hex(g.group_id), d.name, g.level) ORDER BY d.name, d.id)
        FROM conversation_group_grants AS g
        JOIN directory_groups AS d ON d.organization_id = g.organization_id AND d.id = g.group_id
        WHERE g.organization_id = ?1 AND g.conversation_id = ?2
    ) AS "groups!: String"
FROM conversations AS c
WHERE c.organization_id = ?1 AND c.id = ?2
