-- What was set aside keeps its first reason.
UPDATE audit_entries
SET set_aside_at = $4, set_aside_reason = $3
WHERE organization_id = $1 AND id = $2 AND delivered_at IS NULL AND set_aside_at IS NULL
