INSERT INTO group_members (organization_id, user_id, group_id)
SELECT $1, m.user_id, m.group_id
FROM unnest($2::uuid[], $3::uuid[]) AS m (user_id, group_id)
ON CONFLICT DO NOTHING
