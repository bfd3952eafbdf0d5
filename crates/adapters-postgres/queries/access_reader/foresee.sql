-- A conversation as it is, and how many active people could do what under other grants: $3 for the organization, the levels $5 for
-- the groups $4. Levels are numbers here: 1 for view, 2 for collaborate, 3 for manage.
--
-- Only who can see it now or could then is looked at: by a privilege, by a grant that is there, or by one that is wanted. OFFSET keeps it
-- so: from one to the other, never through all of a table.
WITH conversation AS (
    SELECT owner_id, organization_level, version
    FROM conversations
    WHERE organization_id = $1 AND id = $2
),
wanted AS (
    SELECT w.group_id, w.level
    FROM unnest($4::uuid[], $5::text[]) AS w (group_id, level)
),
ways (user_id, now, hence, needs_run_ai) AS (
    SELECT c.owner_id, 3, 3, false
    FROM conversation AS c
    UNION ALL
    SELECT
        ur.user_id,
        CASE rp.permission WHEN 'manage_responses' THEN 3 ELSE 1 END,
        CASE rp.permission WHEN 'manage_responses' THEN 3 ELSE 1 END,
        false
    FROM role_permissions AS rp
    CROSS JOIN LATERAL (
        SELECT ur.user_id
        FROM user_roles AS ur
        WHERE ur.organization_id = $1 AND ur.role_id = rp.role_id
        OFFSET 0
    ) AS ur
    WHERE rp.organization_id = $1 AND rp.permission IN ('manage_responses', 'view_private_responses')
    UNION ALL
    SELECT
        ur.user_id,
        CASE c.organization_level WHEN 'collaborate' THEN 2 WHEN 'view' THEN 1 ELSE 0 END,
        CASE $3::text WHEN 'collaborate' THEN 2 WHEN 'view' THEN 1 ELSE 0 END,
        false
    FROM conversation AS c
    CROSS JOIN role_permissions AS rp
    CROSS JOIN LATERAL (
        SELECT ur.user_id
        FROM user_roles AS ur
        WHERE ur.organization_id = $1 AND ur.role_id = rp.role_id
        OFFSET 0
    ) AS ur
    WHERE (c.organization_level IS NOT NULL OR $3::text IS NOT NULL)
        AND rp.organization_id = $1
        AND rp.permission = 'run_ai'
    UNION ALL
    SELECT m.user_id, CASE g.level WHEN 'collaborate' THEN 2 ELSE 1 END, 0, true
    FROM conversation_group_grants AS g
    CROSS JOIN LATERAL (
        SELECT m.user_id
        FROM group_members AS m
        WHERE m.organization_id = $1 AND m.group_id = g.group_id
        OFFSET 0
    ) AS m
    WHERE g.organization_id = $1 AND g.conversation_id = $2
    UNION ALL
    SELECT m.user_id, 0, CASE w.level WHEN 'collaborate' THEN 2 ELSE 1 END, true
    FROM wanted AS w
    CROSS JOIN LATERAL (
        SELECT m.user_id
        FROM group_members AS m
        WHERE m.organization_id = $1 AND m.group_id = w.group_id
        OFFSET 0
    ) AS m
),
people AS (
    SELECT way.user_id, max(way.now) AS now, max(way.hence) AS hence
    FROM ways AS way
    CROSS JOIN LATERAL (
        SELECT u.active
        FROM users AS u
        WHERE u.organization_id = $1 AND u.id = way.user_id
        OFFSET 0
    ) AS u
    WHERE u.active
        AND (
            NOT way.needs_run_ai
            OR EXISTS (
                SELECT 1
                FROM user_roles AS ur
                JOIN role_permissions AS rp ON rp.organization_id = $1 AND rp.role_id = ur.role_id
                WHERE ur.organization_id = $1 AND ur.user_id = way.user_id AND rp.permission = 'run_ai'
                OFFSET 0
            )
        )
    GROUP BY way.user_id
),
counted AS (
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
    c.version,
    c.organization_level,
    ARRAY(
        SELECT g.level || ' ' || g.group_id
        FROM conversation_group_grants AS g
        WHERE g.organization_id = $1 AND g.conversation_id = $2
    ) AS "grants!",
    o.private_conversations,
    ARRAY(
        SELECT w.group_id
        FROM wanted AS w
        WHERE NOT EXISTS (
            SELECT 1
            FROM directory_groups AS g
            WHERE g.organization_id = $1 AND g.id = w.group_id
        )
    ) AS "unknown_groups!",
    counted.before AS "before!",
    counted.after AS "after!",
    counted.gain_view AS "gain_view!",
    counted.gain_collaborate AS "gain_collaborate!",
    counted.lose_collaborate AS "lose_collaborate!",
    counted.lose AS "lose!"
FROM conversation AS c
CROSS JOIN counted
JOIN organizations AS o ON o.organization_id = $1
