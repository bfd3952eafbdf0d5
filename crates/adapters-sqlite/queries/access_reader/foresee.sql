-- A conversation as it is, and how many active people could do what under other grants: ?3 for the organization, and ?4, a list of
-- pairs of an id and a level, for groups. Levels are numbers here: 1 for view, 2 for collaborate, 3 for manage.
--
-- Only who can see it now or could then is looked at: by a privilege, by a grant that is there, or by one that is wanted.
WITH conversation AS MATERIALIZED (
    SELECT owner_id, organization_level, version
    FROM conversations
    WHERE organization_id = ?1 AND id = ?2
),
wanted (group_id, level) AS MATERIALIZED (
    SELECT unhex(value ->> 0), value ->> 1
    FROM json_each(?4)
),
ways (user_id, now, hence, needs_run_ai) AS MATERIALIZED (
    SELECT owner_id, 3, 3, 0
    FROM conversation
    UNION ALL
    SELECT
        ur.user_id,
        CASE rp.permission WHEN 'manage_responses' THEN 3 ELSE 1 END,
        CASE rp.permission WHEN 'manage_responses' THEN 3 ELSE 1 END,
        0
    FROM role_permissions AS rp
    CROSS JOIN user_roles AS ur
    WHERE rp.organization_id = ?1
        AND rp.permission IN ('manage_responses', 'view_private_responses')
        AND ur.organization_id = ?1
        AND ur.role_id = rp.role_id
    UNION ALL
    SELECT
        ur.user_id,
        CASE conversation.organization_level WHEN 'collaborate' THEN 2 WHEN 'view' THEN 1 ELSE 0 END,
        CASE ?3 WHEN 'collaborate' THEN 2 WHEN 'view' THEN 1 ELSE 0 END,
        0
    FROM conversation
    CROSS JOIN role_permissions AS rp
    CROSS JOIN user_roles AS ur
    WHERE (conversation.organization_level IS NOT NULL OR ?3 IS NOT NULL)
        AND rp.organization_id = ?1
        AND rp.permission = 'run_ai'
        AND ur.organization_id = ?1
        AND ur.role_id = rp.role_id
    UNION ALL
    SELECT m.user_id, CASE g.level WHEN 'collaborate' THEN 2 ELSE 1 END, 0, 1
    FROM conversation_group_grants AS g
    CROSS JOIN group_members AS m
    WHERE g.organization_id = ?1
        AND g.conversation_id = ?2
        AND m.organization_id = ?1
        AND m.group_id = g.group_id
    UNION ALL
    SELECT m.user_id, 0, CASE wanted.level WHEN 'collaborate' THEN 2 ELSE 1 END, 1
    FROM wanted
    CROSS JOIN group_members AS m
    WHERE m.organization_id = ?1 AND m.group_id = wanted.group_id
),
people (user_id, now, hence) AS MATERIALIZED (
    SELECT ways.user_id, max(ways.now), max(ways.hence)
    FROM ways
    CROSS JOIN users AS u
    WHERE u.organization_id = ?1
        AND u.id = ways.user_id
        AND u.active = 1
        AND (
            ways.needs_run_ai = 0
            OR EXISTS (
                SELECT 1
                FROM user_roles AS ur
                CROSS JOIN role_permissions AS rp
                WHERE ur.organization_id = ?1
                    AND ur.user_id = ways.user_id
                    AND rp.organization_id = ?1
                    AND rp.role_id = ur.role_id
                    AND rp.permission = 'run_ai'
            )
        )
    GROUP BY ways.user_id
),
counted AS MATERIALIZED (
    SELECT
        count(*) FILTER (WHERE now > 0) AS before,
        count(*) FILTER (WHERE hence > 0) AS after,
        count(*) FILTER (WHERE now = 0 AND hence = 1) AS gain_view,
        count(*) FILTER (WHERE now < 2 AND hence = 2) AS gain_collaborate,
        count(*) FILTER (WHERE now = 2 AND hence = 1) AS lose_collaborate,
        count(*) FILTER (WHERE now > 0 AND hence = 0) AS lose
    FROM people
)
SELECT
    conversation.version AS "version!: i64",
    conversation.organization_level AS "organization_level?: String",
    (
        SELECT json_group_object(hex(g.group_id), g.level)
        FROM conversation_group_grants AS g
        WHERE g.organization_id = ?1 AND g.conversation_id = ?2
    ) AS "grants!: String",
    o.private_conversations,
    (
        SELECT json_group_array(hex(wanted.group_id))
        FROM wanted
        WHERE NOT EXISTS (
            SELECT 1
            FROM directory_groups AS g
            WHERE g.organization_id = ?1 AND g.id = wanted.group_id
        )
    ) AS "unknown_groups!: String",
    counted.before AS "before!: i64",
    counted.after AS "after!: i64",
    counted.gain_view AS "gain_view!: i64",
    counted.gain_collaborate AS "gain_collaborate!: i64",
    counted.lose_collaborate AS "lose_collaborate!: i64",
    counted.lose AS "lose!: i64"
FROM conversation
CROSS JOIN counted
CROSS JOIN organizations AS o
WHERE o.organization_id = ?1
