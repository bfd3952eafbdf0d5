-- All grants of a conversation, with the names of the groups: a level, a group and its name, with a space between them.
SELECT
    c.privacy,
    c.organization_level,
    c.version,
    ARRAY(
        SELECT g.level || ' ' || d.id || ' ' || d.name
        FROM conversation_group_grants AS g
        JOIN directory_groups AS d ON d.organization_id = $1 AND d.id = g.group_id
        WHERE g.organization_id = $1 AND g.conversation_id = $2
    ) AS "groups!"
FROM conversations AS c
WHERE c.organization_id = $1 AND c.id = $2
