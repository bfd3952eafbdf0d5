-- Some conversations, whether or not they are visible, with the facts that decide whether they are.
-- $1 organization, $2 user, $3 its groups, $4 whether it may see everything, $5 whether grants count for it,
-- $6 the conversations.
SELECT
    c.id AS "id!",
    c.owner_id AS "owner_id!",
    u.name AS "owner_name!",
    c.title AS "title!",
    c.title_is_given AS "title_is_given?",
    c.privacy AS "privacy!",
    c.organization_level AS "organization_level?",
    CASE WHEN c.privacy = 'shared' THEN ARRAY(
        SELECT g.level || ' ' || g.group_id
        FROM conversation_group_grants AS g
        WHERE g.organization_id = $1
            AND g.conversation_id = c.id
            AND (g.group_id = ANY ($3)) IS TRUE
    ) END AS "my_group_grants?",
    c.created_at AS "created_at!",
    c.last_activity_at AS "last_activity_at!",
    c.version AS "version!",
    -- What it is a copy of, while the principal can see that one.
    CASE WHEN c.forked_from IS NOT NULL THEN (
        SELECT origin.id
        FROM conversations AS origin
        WHERE origin.organization_id = $1
            AND origin.id = c.forked_from
            AND (
                $4
                OR origin.owner_id = $2
                OR (
                    $5
                    AND (
                        origin.organization_level IS NOT NULL
                        -- No EXISTS: of one of those PostgreSQL may make a table of all grants to my groups.
                        OR ARRAY(
                            SELECT g.group_id
                            FROM conversation_group_grants AS g
                            WHERE g.organization_id = $1 AND g.conversation_id = origin.id
                        ) && $3
                    )
                )
            )
    ) END AS "forked_from?"
FROM unnest($6::uuid[]) AS wanted (id)
JOIN conversations AS c ON c.organization_id = $1 AND c.id = wanted.id
JOIN users AS u ON u.organization_id = $1 AND u.id = c.owner_id
