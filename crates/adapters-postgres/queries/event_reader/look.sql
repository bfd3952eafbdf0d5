-- What decides whether somebody who follows a conversation may go on: an active user, and the conversation with all its grants and the
-- number of its last event, whether or not the user still sees it: who follows it did see it, and is told in what way that ended.
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
    o.private_conversations,
    c.owner_id AS "owner_id?",
    owner.name AS "owner_name?",
    c.title AS "title?",
    c.title_is_given AS "title_is_given?",
    c.privacy AS "privacy?",
    c.organization_level AS "organization_level?",
    ARRAY(
        SELECT g.level || ' ' || g.group_id
        FROM conversation_group_grants AS g
        WHERE g.organization_id = $1 AND g.conversation_id = $3
    ) AS "group_grants!",
    c.created_at AS "created_at?",
    c.last_activity_at AS "last_activity_at?",
    c.version AS "version?",
    c.forked_from AS "forked_from?",
    c.last_event AS "last_event?",
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
    ) END AS "visible_origin?"
FROM members AS m
JOIN organizations AS o ON o.organization_id = $1
LEFT JOIN conversations AS c ON c.organization_id = $1 AND c.id = $3
LEFT JOIN users AS owner ON owner.organization_id = $1 AND owner.id = c.owner_id
WHERE m.organization_id = $1 AND m.user_id = $2
