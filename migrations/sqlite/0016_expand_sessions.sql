-- Who is signed in with a browser. The secret stands in the browser's cookie alone.
CREATE TABLE sessions (
    organization_id BLOB NOT NULL,
    -- SHA-256 of the secret.
    secret_digest BLOB NOT NULL CHECK (length(secret_digest) = 32),
    user_id BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (organization_id, secret_digest),
    FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- For ending all of one user's.
CREATE INDEX sessions_of_user ON sessions (organization_id, user_id);

-- For forgetting those that have ended.
CREATE INDEX sessions_by_end ON sessions (expires_at);
