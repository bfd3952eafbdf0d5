-- What was answered under a key that a client chose: only where to find it. No foreign keys: a replay looks for the
-- conversation again, and answers as if it were not there when it is gone.
CREATE TABLE idempotency_keys (
    organization_id BLOB NOT NULL,
    user_id BLOB NOT NULL,
    idempotency_key TEXT NOT NULL,
    -- SHA-256 of the request.
    fingerprint BLOB NOT NULL CHECK (length(fingerprint) = 32),
    conversation_id BLOB NOT NULL CHECK (length(conversation_id) = 16),
    answer_id BLOB CHECK (length(answer_id) = 16),
    created_at INTEGER NOT NULL,
    PRIMARY KEY (organization_id, user_id, idempotency_key),
    FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- For forgetting the old ones.
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
