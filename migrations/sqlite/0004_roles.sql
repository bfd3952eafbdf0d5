-- Roles give permissions. The words are those of the access rules.
CREATE TABLE roles (
    organization_id BLOB NOT NULL REFERENCES organizations,
    id BLOB NOT NULL CHECK (length(id) = 16),
    name TEXT NOT NULL,
    PRIMARY KEY (organization_id, id),
    UNIQUE (organization_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE role_permissions (
    organization_id BLOB NOT NULL,
    role_id BLOB NOT NULL,
    permission TEXT NOT NULL CHECK (permission IN (
        'run_ai', 'view_private_responses', 'manage_responses', 'manage_directory', 'manage_settings', 'read_audit_log'
    )),
    PRIMARY KEY (organization_id, role_id, permission),
    FOREIGN KEY (organization_id, role_id) REFERENCES roles (organization_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE user_roles (
    organization_id BLOB NOT NULL,
    user_id BLOB NOT NULL,
    role_id BLOB NOT NULL,
    PRIMARY KEY (organization_id, user_id, role_id),
    FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id) ON DELETE CASCADE,
    FOREIGN KEY (organization_id, role_id) REFERENCES roles (organization_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
