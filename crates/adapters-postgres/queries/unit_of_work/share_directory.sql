-- Waits until nobody changes the people, roles, groups and settings of an organization, and lets nobody do so until the end of this
-- transaction.
SELECT pg_advisory_xact_lock_shared($1, $2)
