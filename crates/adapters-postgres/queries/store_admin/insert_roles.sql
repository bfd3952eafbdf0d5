INSERT INTO roles (organization_id, id, name)
SELECT $1, r.id, r.name
FROM unnest($2::uuid[], $3::text[]) AS r (id, name)
