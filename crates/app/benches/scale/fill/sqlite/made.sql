-- The conversations {from} to {to}, half a minute apart, with activity up to a day later.
BEGIN;

CREATE TEMPORARY TABLE made AS
WITH RECURSIVE numbers (n) AS (SELECT {from} UNION ALL SELECT n + 1 FROM numbers WHERE n < {to}),
parts AS (
    SELECT
        n,
        1735689600000 + n * 30000 AS at,
        printf('%012x', 1735689600000 + n * 30000) AS hex,
        printf('%08x%08x%02x', n * 2654435761 % 4294967296, n * 2246822519 % 4294967296, n % 256) AS tail
    FROM numbers
)
SELECT
    n,
    at * 1000 AS at,
    at * 1000 + (n * 2246822519 % 4294967296) / 65536 * 1000000 AS active_at,
    unhex(hex || '7' || substr(tail, 1, 3) || '8' || substr(tail, 4, 15)) AS id,
    unhex(hex || '7' || substr(tail, 1, 3) || '9' || substr(tail, 4, 15)) AS prompt_id,
    unhex(hex || '7' || substr(tail, 1, 3) || 'a' || substr(tail, 4, 15)) AS answer_id,
    CASE WHEN n % 100 = 0
        THEN {reader}
        ELSE unhex('01900000000070008001' || printf('%012x', n * 31 % 2000 + 1))
    END AS owner_id,
    -- Thousandths: below 500 private, below 600 for the organization, else for groups.
    (n * 2654435761 % 4294967296) / 65536 % 1000 AS share,
    (n * 3266489917 % 4294967296) / 65536 % 200 + 1 AS group_number,
    'mark' || printf('%06d', n / {marked}) AS mark
FROM parts;
