-- In how many microseconds one of ?2's allowance is there; ?3 and ?4 as in take.sql.
SELECT a.used_until + ?3 - ?4 - CAST(unixepoch('subsec') * 1000000 AS INTEGER) AS "retry_after!: i64"
FROM prompt_allowances AS a
WHERE a.organization_id = ?1 AND a.user_id = ?2
