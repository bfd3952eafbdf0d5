-- What was set aside keeps its first reason. (Written so that the entry is looked up by its id, not among those that wait.)
UPDATE audit_entries
SET set_aside_at = $4, set_aside_reason = $3
WHERE organization_id = $1 AND id = $2 AND coalesce(delivered_at, set_aside_at) IS NULL
