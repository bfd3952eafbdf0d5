-- Some of the conversations that the reader can see, all over the store: the ends of their ids are as good as random.
SELECT c.id
FROM conversations AS c
WHERE c.organization_id = {organization}
    AND (
        c.owner_id = {reader}
        OR c.organization_level IS NOT NULL
        OR c.id IN (
            SELECT g.conversation_id
            FROM conversation_group_grants AS g
            JOIN group_members AS m ON m.organization_id = g.organization_id AND m.group_id = g.group_id
            WHERE m.organization_id = {organization} AND m.user_id = {reader}
        )
    )
ORDER BY substr(c.id::text, 20)
LIMIT 1000
