-- The tenants. In every other table each primary key, foreign key and unique index begins with organization_id, so that no
-- row can refer to a row of another tenant.
--
-- Throughout: ids are the 16 bytes of a UUID; times are microseconds since 1970-01-01T00:00:00Z, because texts of
-- different precision do not sort.
CREATE TABLE organizations (
    organization_id BLOB NOT NULL PRIMARY KEY CHECK (length(organization_id) = 16),
    name TEXT NOT NULL,
    -- The setting of the same name: 1 where conversations may be private.
    private_conversations INTEGER NOT NULL CHECK (private_conversations IN (0, 1))
) STRICT, WITHOUT ROWID;
