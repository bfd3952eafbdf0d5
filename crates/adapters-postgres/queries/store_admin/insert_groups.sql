INSERT INTO directory_groups (organization_id, id, name)
SELECT $1, g.id, g.name
FROM unnest($2::uuid[], $3::text[]) AS g (id, name)
