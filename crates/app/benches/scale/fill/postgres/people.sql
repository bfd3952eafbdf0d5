-- Users, groups, and who is in which: 10 groups each; who reads and who writes in 20.
INSERT INTO users (organization_id, id, name, email, active)
SELECT
    {organization},
    ('01900000-0000-7000-8001-' || lpad(to_hex(n), 12, '0'))::uuid,
    'Person ' || lpad(n::text, 4, '0'),
    'person' || n || '@acme.example',
    true
FROM generate_series(1, 2000) AS n;

INSERT INTO user_roles (organization_id, user_id, role_id)
SELECT {organization}, ('01900000-0000-7000-8001-' || lpad(to_hex(n), 12, '0'))::uuid, r.id
FROM generate_series(1, 2000) AS n
CROSS JOIN roles AS r
WHERE r.organization_id = {organization} AND r.name = 'Analyst';

INSERT INTO directory_groups (organization_id, id, name)
SELECT
    {organization},
    ('01900000-0000-7000-8002-' || lpad(to_hex(n), 12, '0'))::uuid,
    'Team ' || lpad(n::text, 3, '0')
FROM generate_series(1, 200) AS n;

INSERT INTO group_members (organization_id, user_id, group_id)
SELECT
    {organization},
    ('01900000-0000-7000-8001-' || lpad(to_hex(n), 12, '0'))::uuid,
    ('01900000-0000-7000-8002-' || lpad(to_hex((n * 7 + k * 13) % 200 + 1), 12, '0'))::uuid
FROM generate_series(1, 2000) AS n
CROSS JOIN generate_series(1, 10) AS k;

-- Every tenth group, so that with the demo's own one these are 20.
INSERT INTO group_members (organization_id, user_id, group_id)
SELECT {organization}, u.id, ('01900000-0000-7000-8002-' || lpad(to_hex(k * 10), 12, '0'))::uuid
FROM generate_series(1, 19) AS k
CROSS JOIN users AS u
WHERE u.organization_id = {organization} AND u.name IN ('{reader_name}', {writers});

-- No trigger saw any of it.
SELECT parlor_renew_members({organization}, ARRAY(SELECT u.id FROM users AS u WHERE u.organization_id = {organization}));
