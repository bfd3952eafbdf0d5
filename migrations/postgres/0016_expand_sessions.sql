-- Who is signed in with a browser. The secret stands in the browser's cookie alone.
CREATE TABLE sessions (
    organization_id uuid NOT NULL,
    -- SHA-256 of the secret.
    secret_digest bytea NOT NULL CHECK (length(secret_digest) = 32),
    user_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, secret_digest),
    FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id) ON DELETE CASCADE
);

-- For ending all of one user's.
CREATE INDEX sessions_of_user ON sessions (organization_id, user_id);

-- For forgetting those that have ended.
CREATE INDEX sessions_by_end ON sessions (expires_at);

ALTER TABLE sessions ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_the_organization ON sessions TO parlor_service
    USING (organization_id = parlor_current_organization());
CREATE POLICY of_all ON sessions TO parlor_upkeep USING (true);
GRANT SELECT, INSERT, DELETE ON sessions TO parlor_service;
GRANT SELECT, DELETE ON sessions TO parlor_upkeep;
