-- $2 are organizations and $3 their entries, one for one.
UPDATE audit_entries AS e
SET delivered_at = $1
FROM unnest($2::uuid[], $3::uuid[]) AS delivered (organization_id, id)
WHERE e.organization_id = delivered.organization_id AND e.id = delivered.id AND e.delivered_at IS NULL
