-- How far a replica has come; nothing, where this server is none.
SELECT CASE WHEN pg_is_in_recovery() THEN (pg_last_wal_replay_lsn() - '0/0')::bigint END AS "position?"
