-- What every request asks of the directory first, in one row for each active user: who it is, and what its roles and groups give
-- it. The tables of users, roles and groups remain the truth; triggers keep this one equal to them in the transaction of the change,
-- whoever makes it. Nobody else writes here.
CREATE TABLE members (
    organization_id BLOB NOT NULL,
    user_id BLOB NOT NULL,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    organization_name TEXT NOT NULL,
    -- JSON arrays of words.
    role_names TEXT NOT NULL,
    permissions TEXT NOT NULL,
    -- JSON: an array of ids in hexadecimal digits, and one of the groups' names, one for one.
    group_ids TEXT NOT NULL,
    group_names TEXT NOT NULL,
    PRIMARY KEY (organization_id, user_id),
    FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- What has to stand there.
CREATE VIEW members_by_directory AS
SELECT
    u.organization_id,
    u.id AS user_id,
    u.name,
    u.email,
    o.name AS organization_name,
    (
        SELECT json_group_array(held.name)
        FROM (
            SELECT r.name
            FROM user_roles AS ur
            CROSS JOIN roles AS r ON r.organization_id = ur.organization_id AND r.id = ur.role_id
            WHERE ur.organization_id = u.organization_id AND ur.user_id = u.id
            ORDER BY r.name
        ) AS held
    ) AS role_names,
    (
        SELECT json_group_array(DISTINCT p.permission)
        FROM user_roles AS ur
        CROSS JOIN role_permissions AS p ON p.organization_id = ur.organization_id AND p.role_id = ur.role_id
        WHERE ur.organization_id = u.organization_id AND ur.user_id = u.id
    ) AS permissions,
    (
        SELECT json_group_array(hex(mine.id))
        FROM (
            SELECT g.id
            FROM group_members AS m
            CROSS JOIN directory_groups AS g ON g.organization_id = m.organization_id AND g.id = m.group_id
            WHERE m.organization_id = u.organization_id AND m.user_id = u.id
            ORDER BY g.name, g.id
        ) AS mine
    ) AS group_ids,
    (
        SELECT json_group_array(mine.name)
        FROM (
            SELECT g.name
            FROM group_members AS m
            CROSS JOIN directory_groups AS g ON g.organization_id = m.organization_id AND g.id = m.group_id
            WHERE m.organization_id = u.organization_id AND m.user_id = u.id
            ORDER BY g.name, g.id
        ) AS mine
    ) AS group_names
FROM users AS u
CROSS JOIN organizations AS o ON o.organization_id = u.organization_id
WHERE u.active = 1;

-- The keys of users, roles and groups never change, and what refers to one that is deleted is deleted with it.
CREATE TRIGGER renew_members_of_new_user AFTER INSERT ON users BEGIN
    DELETE FROM members
    WHERE organization_id = new.organization_id AND user_id = new.id;
    INSERT INTO members SELECT * FROM members_by_directory
    WHERE organization_id = new.organization_id AND user_id = new.id;
END;

CREATE TRIGGER renew_members_of_user AFTER UPDATE ON users BEGIN
    DELETE FROM members WHERE organization_id = new.organization_id AND user_id = new.id;
    INSERT INTO members SELECT * FROM members_by_directory
    WHERE organization_id = new.organization_id AND user_id = new.id;
END;

CREATE TRIGGER renew_members_of_new_user_role AFTER INSERT ON user_roles BEGIN
    DELETE FROM members
    WHERE organization_id = new.organization_id AND user_id = new.user_id;
    INSERT INTO members SELECT * FROM members_by_directory
    WHERE organization_id = new.organization_id AND user_id = new.user_id;
END;

CREATE TRIGGER renew_members_of_user_role AFTER UPDATE ON user_roles BEGIN
    DELETE FROM members
    WHERE organization_id = new.organization_id AND user_id IN (old.user_id, new.user_id);
    INSERT INTO members SELECT * FROM members_by_directory
    WHERE organization_id = new.organization_id AND user_id IN (old.user_id, new.user_id);
END;

CREATE TRIGGER renew_members_of_old_user_role AFTER DELETE ON user_roles BEGIN
    DELETE FROM members
    WHERE organization_id = old.organization_id AND user_id = old.user_id;
    INSERT INTO members SELECT * FROM members_by_directory
    WHERE organization_id = old.organization_id AND user_id = old.user_id;
END;

CREATE TRIGGER renew_members_of_new_group_member AFTER INSERT ON group_members BEGIN
    DELETE FROM members
    WHERE organization_id = new.organization_id AND user_id = new.user_id;
    INSERT INTO members SELECT * FROM members_by_directory
    WHERE organization_id = new.organization_id AND user_id = new.user_id;
END;

CREATE TRIGGER renew_members_of_group_member AFTER UPDATE ON group_members BEGIN
    DELETE FROM members
    WHERE organization_id = new.organization_id AND user_id IN (old.user_id, new.user_id);
    INSERT INTO members SELECT * FROM members_by_directory
    WHERE organization_id = new.organization_id AND user_id IN (old.user_id, new.user_id);
END;

CREATE TRIGGER renew_members_of_old_group_member AFTER DELETE ON group_members BEGIN
    DELETE FROM members
    WHERE organization_id = old.organization_id AND user_id = old.user_id;
    INSERT INTO members SELECT * FROM members_by_directory
    WHERE organization_id = old.organization_id AND user_id = old.user_id;
END;

CREATE TRIGGER renew_members_of_role AFTER UPDATE OF name ON roles BEGIN
    DELETE FROM members
    WHERE organization_id = new.organization_id AND user_id IN (
        SELECT ur.user_id FROM user_roles AS ur
        WHERE ur.organization_id = new.organization_id AND ur.role_id = new.id
    );
    INSERT INTO members SELECT * FROM members_by_directory
    WHERE organization_id = new.organization_id AND user_id IN (
        SELECT ur.user_id FROM user_roles AS ur
        WHERE ur.organization_id = new.organization_id AND ur.role_id = new.id
    );
END;

CREATE TRIGGER renew_members_of_new_role_permission AFTER INSERT ON role_permissions BEGIN
    DELETE FROM members
    WHERE organization_id = new.organization_id AND user_id IN (
        SELECT ur.user_id FROM user_roles AS ur
        WHERE ur.organization_id = new.organization_id AND ur.role_id = new.role_id
    );
    INSERT INTO members SELECT * FROM members_by_directory
    WHERE organization_id = new.organization_id AND user_id IN (
        SELECT ur.user_id FROM user_roles AS ur
        WHERE ur.organization_id = new.organization_id AND ur.role_id = new.role_id
    );
END;

CREATE TRIGGER renew_members_of_role_permission AFTER UPDATE ON role_permissions BEGIN
    DELETE FROM members
    WHERE organization_id = new.organization_id AND user_id IN (
        SELECT ur.user_id FROM user_roles AS ur
        WHERE ur.organization_id = new.organization_id AND ur.role_id IN (old.role_id, new.role_id)
    );
    INSERT INTO members SELECT * FROM members_by_directory
    WHERE organization_id = new.organization_id AND user_id IN (
        SELECT ur.user_id FROM user_roles AS ur
        WHERE ur.organization_id = new.organization_id AND ur.role_id IN (old.role_id, new.role_id)
    );
END;

CREATE TRIGGER renew_members_of_old_role_permission AFTER DELETE ON role_permissions BEGIN
    DELETE FROM members
    WHERE organization_id = old.organization_id AND user_id IN (
        SELECT ur.user_id FROM user_roles AS ur
        WHERE ur.organization_id = old.organization_id AND ur.role_id = old.role_id
    );
    INSERT INTO members SELECT * FROM members_by_directory
    WHERE organization_id = old.organization_id AND user_id IN (
        SELECT ur.user_id FROM user_roles AS ur
        WHERE ur.organization_id = old.organization_id AND ur.role_id = old.role_id
    );
END;

CREATE TRIGGER renew_members_of_group AFTER UPDATE OF name ON directory_groups BEGIN
    DELETE FROM members
    WHERE organization_id = new.organization_id AND user_id IN (
        SELECT m.user_id FROM group_members AS m
        WHERE m.organization_id = new.organization_id AND m.group_id = new.id
    );
    INSERT INTO members SELECT * FROM members_by_directory
    WHERE organization_id = new.organization_id AND user_id IN (
        SELECT m.user_id FROM group_members AS m
        WHERE m.organization_id = new.organization_id AND m.group_id = new.id
    );
END;

CREATE TRIGGER renew_members_of_organization AFTER UPDATE OF name ON organizations BEGIN
    DELETE FROM members
    WHERE organization_id = new.organization_id;
    INSERT INTO members SELECT * FROM members_by_directory
    WHERE organization_id = new.organization_id;
END;

-- Everybody who is there already.
INSERT INTO members SELECT * FROM members_by_directory;
