-- Groups of users. Grants hold their ids, so a renamed group keeps its grants and a new one of an old name gets none.
CREATE TABLE directory_groups (
    organization_id uuid NOT NULL REFERENCES organizations,
    id uuid NOT NULL,
    name text NOT NULL COLLATE "C",
    PRIMARY KEY (organization_id, id)
);

-- The share dialog lists them in this order: by code points.
CREATE INDEX directory_groups_by_name ON directory_groups (organization_id, name, id);

CREATE TABLE group_members (
    organization_id uuid NOT NULL,
    user_id uuid NOT NULL,
    group_id uuid NOT NULL,
    PRIMARY KEY (organization_id, user_id, group_id),
    FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id) ON DELETE CASCADE,
    FOREIGN KEY (organization_id, group_id) REFERENCES directory_groups (organization_id, id) ON DELETE CASCADE
);

ALTER TABLE directory_groups ENABLE ROW LEVEL SECURITY;
ALTER TABLE group_members ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_the_organization ON directory_groups TO parlor_service
    USING (organization_id = parlor_current_organization());
CREATE POLICY of_the_organization ON group_members TO parlor_service
    USING (organization_id = parlor_current_organization());
GRANT SELECT, INSERT, UPDATE, DELETE ON directory_groups, group_members TO parlor_service;
