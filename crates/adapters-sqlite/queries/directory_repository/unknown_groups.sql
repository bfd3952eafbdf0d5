-- Those ids of the list that are no groups of this organization.
SELECT unhex(asked.value) AS "id!: Uuid"
FROM json_each(?2) AS asked
WHERE NOT EXISTS (
    SELECT 1
    FROM directory_groups AS g
    WHERE g.organization_id = ?1 AND g.id = unhex(asked.value)
)
