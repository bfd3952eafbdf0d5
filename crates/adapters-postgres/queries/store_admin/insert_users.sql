INSERT INTO users (organization_id, id, name, email, active)
SELECT $1, u.id, u.name, u.email, u.active
FROM unnest($2::uuid[], $3::text[], $4::text[], $5::boolean[]) AS u (id, name, email, active)
