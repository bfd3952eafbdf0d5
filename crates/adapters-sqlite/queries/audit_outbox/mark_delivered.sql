-- ?2 are pairs of an organization and an entry.
UPDATE audit_entries INDEXED BY audit_entries_of_organization
SET delivered_at = ?1
WHERE delivered_at IS NULL
    AND (organization_id, id) IN (
        SELECT unhex(value ->> 0), unhex(value ->> 1) FROM json_each(?2)
    )
