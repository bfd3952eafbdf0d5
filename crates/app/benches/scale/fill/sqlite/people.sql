-- Users, groups, and who is in which: 10 groups each; who reads and who writes in 20.
BEGIN;

INSERT INTO users (organization_id, id, name, email, active)
WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 2000)
SELECT
    {organization},
    unhex('01900000000070008001' || printf('%012x', n)),
    'Person ' || printf('%04d', n),
    'person' || n || '@acme.example',
    1
FROM numbers;

INSERT INTO user_roles (organization_id, user_id, role_id)
WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 2000)
SELECT {organization}, unhex('01900000000070008001' || printf('%012x', n)), r.id
FROM numbers
CROSS JOIN roles AS r
WHERE r.organization_id = {organization} AND r.name = 'Analyst';

INSERT INTO directory_groups (organization_id, id, name)
WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 200)
SELECT {organization}, unhex('01900000000070008002' || printf('%012x', n)), 'Team ' || printf('%03d', n)
FROM numbers;

INSERT INTO group_members (organization_id, user_id, group_id)
WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 2000)
SELECT
    {organization},
    unhex('01900000000070008001' || printf('%012x', person.n)),
    unhex('01900000000070008002' || printf('%012x', (person.n * 7 + k.n * 13) % 200 + 1))
FROM numbers AS person
CROSS JOIN (SELECT n FROM numbers LIMIT 10) AS k;

-- Every tenth group, so that with the demo's own one these are 20.
INSERT INTO group_members (organization_id, user_id, group_id)
WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 19)
SELECT {organization}, u.id, unhex('01900000000070008002' || printf('%012x', n * 10))
FROM numbers
CROSS JOIN users AS u
WHERE u.organization_id = {organization} AND u.name IN ('{reader_name}', {writers});

COMMIT;
