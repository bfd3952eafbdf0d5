-- Roles give permissions. The words are those of the access rules. Names sort by code points, as in every store.
CREATE TABLE roles (
    organization_id uuid NOT NULL REFERENCES organizations,
    id uuid NOT NULL,
    name text NOT NULL COLLATE "C",
    PRIMARY KEY (organization_id, id),
    UNIQUE (organization_id, name)
);

CREATE TABLE role_permissions (
    organization_id uuid NOT NULL,
    role_id uuid NOT NULL,
    permission text NOT NULL CHECK (permission IN (
        'run_ai', 'view_private_responses', 'manage_responses', 'manage_directory', 'manage_settings', 'read_audit_log'
    )),
    PRIMARY KEY (organization_id, role_id, permission),
    FOREIGN KEY (organization_id, role_id) REFERENCES roles (organization_id, id) ON DELETE CASCADE
);

CREATE TABLE user_roles (
    organization_id uuid NOT NULL,
    user_id uuid NOT NULL,
    role_id uuid NOT NULL,
    PRIMARY KEY (organization_id, user_id, role_id),
    FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id) ON DELETE CASCADE,
    FOREIGN KEY (organization_id, role_id) REFERENCES roles (organization_id, id) ON DELETE CASCADE
);

ALTER TABLE roles ENABLE ROW LEVEL SECURITY;
ALTER TABLE role_permissions ENABLE ROW LEVEL SECURITY;
ALTER TABLE user_roles ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_the_organization ON roles TO parlor_service
    USING (organization_id = parlor_current_organization());
CREATE POLICY of_the_organization ON role_permissions TO parlor_service
    USING (organization_id = parlor_current_organization());
CREATE POLICY of_the_organization ON user_roles TO parlor_service
    USING (organization_id = parlor_current_organization());
GRANT SELECT, INSERT, UPDATE, DELETE ON roles, role_permissions, user_roles TO parlor_service;
