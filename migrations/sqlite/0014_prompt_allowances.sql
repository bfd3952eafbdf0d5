-- How much of its allowance of prompts each user has used.
CREATE TABLE prompt_allowances (
    organization_id BLOB NOT NULL,
    user_id BLOB NOT NULL,
    -- The theoretical arrival time of the generic cell rate algorithm: the moment at which nothing of the allowance is used
    -- any more. In microseconds since 1970-01-01T00:00:00Z by the store's own clock.
    used_until INTEGER NOT NULL,
    PRIMARY KEY (organization_id, user_id),
    FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
