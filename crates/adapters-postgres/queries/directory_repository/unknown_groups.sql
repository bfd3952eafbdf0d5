-- Those ids of the list that are no groups of this organization.
SELECT asked.id AS "id!"
FROM unnest($2::uuid[]) AS asked (id)
WHERE NOT EXISTS (
    SELECT 1
    FROM directory_groups AS g
    WHERE g.organization_id = $1 AND g.id = asked.id
)
