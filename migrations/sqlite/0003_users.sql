-- People. A user is never deleted, only stopped: messages keep their author for ever.
CREATE TABLE users (
    organization_id BLOB NOT NULL REFERENCES organizations,
    id BLOB NOT NULL CHECK (length(id) = 16),
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    -- 0 for a stopped user, who gets in nowhere.
    active INTEGER NOT NULL CHECK (active IN (0, 1)),
    PRIMARY KEY (organization_id, id)
) STRICT, WITHOUT ROWID;
