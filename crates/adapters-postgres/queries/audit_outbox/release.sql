UPDATE audit_relay_leases
SET holder = NULL, expires_at = '-infinity'
WHERE holder = $1
