-- Takes one of a user's allowance, if one is left; else tells in how many microseconds one is.
-- $3 how many microseconds of the allowance one of it takes, $4 how many of them the whole is.
--
-- More than a minute cannot be taken: where it says so, the clock was set back, and the user begins anew.
WITH taken AS (
    INSERT INTO prompt_allowances AS a (organization_id, user_id, taken_until)
    VALUES ($1, $2, now() + $3::bigint * interval '1 microsecond')
    ON CONFLICT (organization_id, user_id) DO UPDATE
    SET taken_until = $3::bigint * interval '1 microsecond' + CASE
        WHEN a.taken_until BETWEEN now() AND now() + interval '1 minute' THEN a.taken_until
        ELSE now()
    END
    WHERE a.taken_until + $3::bigint * interval '1 microsecond' <= now() + $4::bigint * interval '1 microsecond'
        OR a.taken_until > now() + interval '1 minute'
    RETURNING a.taken_until
)
SELECT
    EXISTS (SELECT 1 FROM taken) AS "is_taken!",
    -- As it was before the statement: only to tell the user.
    (
        SELECT (extract(epoch FROM a.taken_until - now()) * 1000000)::bigint + $3 - $4
        FROM prompt_allowances AS a
        WHERE a.organization_id = $1 AND a.user_id = $2
    ) AS "retry_after?"
