-- Tells all processes that listen. Not in the transaction that makes a change: a commit with a notification waits for all other
-- commits with one.
SELECT pg_notify('parlor_changes', told.payload)
FROM unnest($1::text[]) AS told (payload)
