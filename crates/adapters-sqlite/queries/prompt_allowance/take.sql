-- Takes one of ?2's allowance, or changes nothing where none is left.
-- ?3 how many microseconds of the allowance one of it uses, ?4 how many of them the whole is.
--
-- More than a minute cannot be used: where it says so, the clock was set back, and the user begins anew.
INSERT INTO prompt_allowances AS a (organization_id, user_id, used_until)
VALUES (?1, ?2, CAST(unixepoch('subsec') * 1000000 AS INTEGER) + ?3)
ON CONFLICT (organization_id, user_id) DO UPDATE
SET used_until = CASE
    WHEN a.used_until BETWEEN excluded.used_until - ?3 AND excluded.used_until - ?3 + 60000000 THEN a.used_until + ?3
    ELSE excluded.used_until
END
WHERE a.used_until + ?3 <= excluded.used_until - ?3 + ?4
    OR a.used_until > excluded.used_until - ?3 + 60000000
