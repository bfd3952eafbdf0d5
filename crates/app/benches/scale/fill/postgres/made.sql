-- The conversations {from} to {to}, half a minute apart, with activity up to a day later.
CREATE TEMPORARY TABLE made AS
SELECT
    n,
    at,
    at + ((n * 2246822519 % 4294967296) / 65536 || ' seconds')::interval AS active_at,
    (substr(hex, 1, 8) || '-' || substr(hex, 9, 4) || '-7' || substr(tail, 1, 3) || '-8' || substr(tail, 4, 3) || '-'
        || substr(tail, 7, 12))::uuid AS id,
    (substr(hex, 1, 8) || '-' || substr(hex, 9, 4) || '-7' || substr(tail, 1, 3) || '-9' || substr(tail, 4, 3) || '-'
        || substr(tail, 7, 12))::uuid AS prompt_id,
    (substr(hex, 1, 8) || '-' || substr(hex, 9, 4) || '-7' || substr(tail, 1, 3) || '-a' || substr(tail, 4, 3) || '-'
        || substr(tail, 7, 12))::uuid AS answer_id,
    CASE WHEN n % 100 = 0
        THEN {reader}
        ELSE ('01900000-0000-7000-8001-' || lpad(to_hex(n * 31 % 2000 + 1), 12, '0'))::uuid
    END AS owner_id,
    -- Thousandths: below 500 private, below 600 for the organization, else for groups.
    (n * 2654435761 % 4294967296) / 65536 % 1000 AS share,
    (n * 3266489917 % 4294967296) / 65536 % 200 + 1 AS group_number,
    'mark' || lpad((n / {marked})::text, 6, '0') AS mark
FROM (
    SELECT
        n,
        '2025-01-01T00:00:00Z'::timestamptz + (n * 30 || ' seconds')::interval AS at,
        lpad(to_hex(1735689600000 + n * 30000), 12, '0') AS hex,
        md5(n::text) AS tail
    FROM generate_series({from}::bigint, {to}) AS n
) AS numbers;
