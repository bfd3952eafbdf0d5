-- Groups of users. Grants hold their ids, so a renamed group keeps its grants and a new one of an old name gets none.
CREATE TABLE directory_groups (
    organization_id BLOB NOT NULL REFERENCES organizations,
    id BLOB NOT NULL CHECK (length(id) = 16),
    name TEXT NOT NULL,
    PRIMARY KEY (organization_id, id)
) STRICT, WITHOUT ROWID;

-- The share dialog lists them in this order. Bytes of UTF-8 sort as code points.
CREATE INDEX directory_groups_by_name ON directory_groups (organization_id, name, id);

CREATE TABLE group_members (
    organization_id BLOB NOT NULL,
    user_id BLOB NOT NULL,
    group_id BLOB NOT NULL,
    PRIMARY KEY (organization_id, user_id, group_id),
    FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id) ON DELETE CASCADE,
    FOREIGN KEY (organization_id, group_id) REFERENCES directory_groups (organization_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
