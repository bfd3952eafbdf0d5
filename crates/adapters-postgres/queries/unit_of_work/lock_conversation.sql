-- Locks a conversation until the end of the transaction, if this user can see it: a user who cannot neither locks it nor waits for it, and
-- learns nothing of what others do with it. A statement of its own: what it waited for, only the next statement sees, so whether the
-- user still sees it is asked again after it.
-- $1 organization, $2 user, $3 the conversation.
SELECT c.id
FROM conversations AS c
JOIN members AS m ON m.organization_id = $1 AND m.user_id = $2
WHERE c.organization_id = $1
    AND c.id = $3
    AND (
        m.permissions && ARRAY['view_private_responses', 'manage_responses']
        OR c.owner_id = $2
        OR (
            'run_ai' = ANY (m.permissions)
            AND (
                c.organization_level IS NOT NULL
                -- No EXISTS: of one of those PostgreSQL may make a table of all grants to my groups.
                OR ARRAY(
                    SELECT g.group_id
                    FROM conversation_group_grants AS g
                    WHERE g.organization_id = $1 AND g.conversation_id = c.id
                ) && m.group_ids
            )
        )
    )
FOR NO KEY UPDATE OF c
