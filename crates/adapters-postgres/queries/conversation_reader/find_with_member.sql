-- An active user, as in directory/find_member.sql, and with it one conversation, as in find.sql, only while the user can see it: who
-- asks and what decides whether it sees the conversation, at one and the same moment.
-- $1 organization, $2 user, $3 the conversation.
SELECT
    m.name,
    m.email,
    m.organization_name,
    m.role_names,
    m.permissions,
    m.group_ids,
    m.group_names,
    (pg_current_wal_flush_lsn() - '0/0')::bigint AS "read_at!",
    c.owner_id AS "owner_id?",
    u.name AS "owner_name?",
    c.title AS "title?",
    c.title_is_given AS "title_is_given?",
    c.privacy AS "privacy?",
    c.organization_level AS "organization_level?",
    CASE WHEN c.privacy = 'shared' THEN ARRAY(
        SELECT g.level || ' ' || g.group_id
        FROM conversation_group_grants AS g
        WHERE g.organization_id = $1
            AND g.conversation_id = $3
            AND (g.group_id = ANY (m.group_ids)) IS TRUE
    ) END AS "my_group_grants?",
    c.created_at AS "created_at?",
    c.last_activity_at AS "last_activity_at?",
    c.version AS "version?",
    -- What it is a copy of, while the user can see that one. In this statement, though most are none: a second one would tell by its time
    -- that an invisible conversation is there.
    CASE WHEN c.forked_from IS NOT NULL THEN (
        SELECT origin.id
        FROM conversations AS origin
        WHERE origin.organization_id = $1
            AND origin.id = c.forked_from
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
    ) END AS "forked_from?"
FROM members AS m
LEFT JOIN conversations AS c
    ON c.organization_id = $1
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
LEFT JOIN users AS u ON u.organization_id = $1 AND u.id = c.owner_id
WHERE m.organization_id = $1 AND m.user_id = $2
