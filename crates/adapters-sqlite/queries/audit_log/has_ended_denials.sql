-- Whether there are counts of denials whose time of ?1 microseconds is over.
SELECT EXISTS (
    SELECT 1
    FROM denied_repeats AS d
    WHERE d.began_at <= CAST(unixepoch('subsec') * 1000000 AS INTEGER) - ?1
        OR d.began_at >= CAST(unixepoch('subsec') * 1000000 AS INTEGER) + ?1
) AS "has_ended!: bool"
