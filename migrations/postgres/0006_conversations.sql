-- Conversations with their owner and the organization's grant; the groups' grants are rows of their own.
CREATE TABLE conversations (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    owner_id uuid NOT NULL,
    title text NOT NULL,
    -- 'private' means no grant at all. The store writes it together with the grants, in the same transaction.
    privacy text NOT NULL CHECK (privacy IN ('private', 'shared')),
    -- The organization's grant; NULL for none.
    organization_level text CHECK (organization_level IN ('view', 'collaborate')),
    created_at timestamptz NOT NULL,
    last_activity_at timestamptz NOT NULL,
    version bigint NOT NULL CHECK (version > 0),
    -- What it is a copy of. No foreign key: that one may be deleted, and the copy stays.
    forked_from uuid,
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, owner_id) REFERENCES users (organization_id, id),
    CHECK (privacy = 'shared' OR organization_level IS NULL)
);

-- One index for each way into the list, each in the order of the list, so that a page is read from its beginning and no
-- further than it needs. The one of all comes first: while the table is empty they look alike, and PostgreSQL takes the last one
-- that serves.
CREATE INDEX conversations_of_all
    ON conversations (organization_id, last_activity_at DESC, id DESC);
CREATE INDEX conversations_of_owner
    ON conversations (organization_id, owner_id, last_activity_at DESC, id DESC);
CREATE INDEX conversations_shared_with_organization
    ON conversations (organization_id, last_activity_at DESC, id DESC)
    WHERE organization_level IS NOT NULL;
CREATE INDEX conversations_private
    ON conversations (organization_id, last_activity_at DESC, id DESC)
    WHERE privacy = 'private';

ALTER TABLE conversations ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_the_organization ON conversations TO parlor_service
    USING (organization_id = parlor_current_organization());
GRANT SELECT, INSERT, UPDATE, DELETE ON conversations TO parlor_service;
