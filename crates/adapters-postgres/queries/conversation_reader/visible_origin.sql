-- What a conversation is a copy of, while this active user can see that one.
-- $1 organization, $2 user, $3 the conversation that was copied.
SELECT origin.id
FROM members AS m
JOIN conversations AS origin ON origin.organization_id = $1 AND origin.id = $3
WHERE m.organization_id = $1
    AND m.user_id = $2
    AND (
        m.permissions && ARRAY['view_private_responses', 'manage_responses']
        OR origin.owner_id = $2
        OR (
            'run_ai' = ANY (m.permissions)
            AND (
                origin.organization_level IS NOT NULL
                -- No EXISTS: of one of those PostgreSQL may make a table of all grants to my groups.
                OR ARRAY(
                    SELECT g.group_id
                    FROM conversation_group_grants AS g
                    WHERE g.organization_id = $1 AND g.conversation_id = origin.id
                ) && m.group_ids
            )
        )
    )
