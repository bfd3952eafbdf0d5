-- An organization, and the lease of its outbox, which nobody has yet.
WITH added AS (
    INSERT INTO organizations (organization_id, name, private_conversations, identity_mode)
    VALUES ($1, $2, $3, $4)
)
INSERT INTO audit_relay_leases (organization_id)
VALUES ($1)
