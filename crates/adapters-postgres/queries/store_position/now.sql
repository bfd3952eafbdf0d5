-- What was committed before is on disk, and before this place in the write-ahead log.
SELECT (pg_current_wal_flush_lsn() - '0/0')::bigint AS "position!"
