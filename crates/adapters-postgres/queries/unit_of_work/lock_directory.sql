-- Waits until nobody else's transaction rests on the people, roles, groups and settings of an organization, and lets nobody's
-- begin until the end of this one.
SELECT pg_advisory_xact_lock($1, $2)
