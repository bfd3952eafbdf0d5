-- What was answered under a key that a client chose: only where to find it. No foreign keys: a replay looks for the
-- conversation again, and answers as if it were not there when it is gone.
CREATE TABLE idempotency_keys (
    organization_id uuid NOT NULL,
    user_id uuid NOT NULL,
    idempotency_key text NOT NULL COLLATE "C",
    -- SHA-256 of the request.
    fingerprint bytea NOT NULL CHECK (length(fingerprint) = 32),
    conversation_id uuid NOT NULL,
    answer_id uuid,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, user_id, idempotency_key),
    FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id) ON DELETE CASCADE
);

-- For forgetting the old ones.
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

ALTER TABLE idempotency_keys ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_the_organization ON idempotency_keys TO parlor_service
    USING (organization_id = parlor_current_organization());
CREATE POLICY of_all ON idempotency_keys TO parlor_upkeep USING (true);
GRANT SELECT, INSERT, UPDATE ON idempotency_keys TO parlor_service;
GRANT SELECT, DELETE ON idempotency_keys TO parlor_upkeep;
