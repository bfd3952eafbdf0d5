-- What every request asks of the directory first, in one row for each active user: who it is, and what its roles and groups give
-- it. The tables of users, roles and groups remain the truth; triggers keep this one equal to them in the transaction of the change,
-- whoever makes it. Nobody else writes here.
CREATE TABLE members (
    organization_id uuid NOT NULL,
    user_id uuid NOT NULL,
    name text NOT NULL,
    email text NOT NULL,
    organization_name text NOT NULL,
    role_names text[] NOT NULL,
    permissions text[] NOT NULL,
    -- Its groups and their names, one for one.
    group_ids uuid[] NOT NULL,
    group_names text[] NOT NULL,
    PRIMARY KEY (organization_id, user_id),
    FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id) ON DELETE CASCADE
);

ALTER TABLE members ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_the_organization ON members TO parlor_service
    USING (organization_id = parlor_current_organization());
GRANT SELECT ON members TO parlor_service;

-- What has to stand there for these users. It sees what its caller may see.
CREATE FUNCTION parlor_members_by_directory(of_organization uuid, of_users uuid[]) RETURNS SETOF members
LANGUAGE sql STABLE
BEGIN ATOMIC
SELECT
    u.organization_id,
    u.id AS user_id,
    u.name,
    u.email,
    o.name AS organization_name,
    ARRAY(
        SELECT r.name
        FROM user_roles AS ur
        JOIN roles AS r ON r.organization_id = ur.organization_id AND r.id = ur.role_id
        WHERE ur.organization_id = u.organization_id AND ur.user_id = u.id
        ORDER BY r.name
    ) AS role_names,
    ARRAY(
        SELECT DISTINCT p.permission
        FROM user_roles AS ur
        JOIN role_permissions AS p ON p.organization_id = ur.organization_id AND p.role_id = ur.role_id
        WHERE ur.organization_id = u.organization_id AND ur.user_id = u.id
        ORDER BY p.permission
    ) AS permissions,
    ARRAY(
        SELECT g.id
        FROM group_members AS m
        JOIN directory_groups AS g ON g.organization_id = m.organization_id AND g.id = m.group_id
        WHERE m.organization_id = u.organization_id AND m.user_id = u.id
        ORDER BY g.name, g.id
    ) AS group_ids,
    ARRAY(
        SELECT g.name
        FROM group_members AS m
        JOIN directory_groups AS g ON g.organization_id = m.organization_id AND g.id = m.group_id
        WHERE m.organization_id = u.organization_id AND m.user_id = u.id
        ORDER BY g.name, g.id
    ) AS group_names
FROM users AS u
JOIN organizations AS o ON o.organization_id = u.organization_id
WHERE u.organization_id = of_organization AND u.id = ANY (of_users) AND u.active;
END;

-- Brings the rows of these users up to date. The organization is locked first, by a statement of its own: what another transaction
-- changes in the same directory at the same time is committed then, and seen by the statements after it.
CREATE FUNCTION parlor_renew_members(of_organization uuid, of_users uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    PERFORM FROM organizations WHERE organization_id = of_organization FOR NO KEY UPDATE;
    DELETE FROM members AS m
    WHERE m.organization_id = of_organization
        AND m.user_id = ANY (of_users)
        AND NOT EXISTS (
            SELECT FROM users AS u
            WHERE u.organization_id = of_organization AND u.id = m.user_id AND u.active
        );
    INSERT INTO members
    SELECT d.*
    FROM parlor_members_by_directory(of_organization, of_users) AS d
    ON CONFLICT (organization_id, user_id) DO UPDATE
    SET name = excluded.name,
        email = excluded.email,
        organization_name = excluded.organization_name,
        role_names = excluded.role_names,
        permissions = excluded.permissions,
        group_ids = excluded.group_ids,
        group_names = excluded.group_names;
END
$$;
REVOKE ALL ON FUNCTION parlor_renew_members(uuid, uuid[]) FROM PUBLIC;

-- For each table of the directory: whom a changed row concerns.
CREATE FUNCTION parlor_user_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    PERFORM parlor_renew_members(new.organization_id, ARRAY[new.id]);
    RETURN NULL;
END
$$;

CREATE FUNCTION parlor_users_link_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF tg_op <> 'INSERT' THEN
        PERFORM parlor_renew_members(old.organization_id, ARRAY[old.user_id]);
    END IF;
    IF tg_op <> 'DELETE' THEN
        PERFORM parlor_renew_members(new.organization_id, ARRAY[new.user_id]);
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION parlor_renew_members_in_role(of_organization uuid, of_role uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    PERFORM FROM organizations WHERE organization_id = of_organization FOR NO KEY UPDATE;
    PERFORM parlor_renew_members(of_organization, ARRAY(
        SELECT ur.user_id FROM user_roles AS ur
        WHERE ur.organization_id = of_organization AND ur.role_id = of_role
    ));
END
$$;
REVOKE ALL ON FUNCTION parlor_renew_members_in_role(uuid, uuid) FROM PUBLIC;

CREATE FUNCTION parlor_role_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    PERFORM parlor_renew_members_in_role(new.organization_id, new.id);
    RETURN NULL;
END
$$;

CREATE FUNCTION parlor_role_permission_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF tg_op <> 'INSERT' THEN
        PERFORM parlor_renew_members_in_role(old.organization_id, old.role_id);
    END IF;
    IF tg_op <> 'DELETE' THEN
        PERFORM parlor_renew_members_in_role(new.organization_id, new.role_id);
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION parlor_group_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    PERFORM FROM organizations WHERE organization_id = new.organization_id FOR NO KEY UPDATE;
    PERFORM parlor_renew_members(new.organization_id, ARRAY(
        SELECT m.user_id FROM group_members AS m
        WHERE m.organization_id = new.organization_id AND m.group_id = new.id
    ));
    RETURN NULL;
END
$$;

CREATE FUNCTION parlor_organization_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    PERFORM parlor_renew_members(new.organization_id, ARRAY(
        SELECT u.id FROM users AS u WHERE u.organization_id = new.organization_id
    ));
    RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION
    parlor_user_changed(),
    parlor_users_link_changed(),
    parlor_role_changed(),
    parlor_role_permission_changed(),
    parlor_group_changed(),
    parlor_organization_changed()
FROM PUBLIC;

-- The keys of users, roles and groups never change, and what refers to one that is deleted is deleted with it.
CREATE TRIGGER renew_members AFTER INSERT OR UPDATE ON users
FOR EACH ROW EXECUTE FUNCTION parlor_user_changed();
CREATE TRIGGER renew_members AFTER INSERT OR UPDATE OR DELETE ON user_roles
FOR EACH ROW EXECUTE FUNCTION parlor_users_link_changed();
CREATE TRIGGER renew_members AFTER INSERT OR UPDATE OR DELETE ON group_members
FOR EACH ROW EXECUTE FUNCTION parlor_users_link_changed();
CREATE TRIGGER renew_members AFTER UPDATE OF name ON roles
FOR EACH ROW EXECUTE FUNCTION parlor_role_changed();
CREATE TRIGGER renew_members AFTER INSERT OR UPDATE OR DELETE ON role_permissions
FOR EACH ROW EXECUTE FUNCTION parlor_role_permission_changed();
CREATE TRIGGER renew_members AFTER UPDATE OF name ON directory_groups
FOR EACH ROW EXECUTE FUNCTION parlor_group_changed();
CREATE TRIGGER renew_members AFTER UPDATE OF name ON organizations
FOR EACH ROW EXECUTE FUNCTION parlor_organization_changed();

-- Everybody who is there already.
INSERT INTO members
SELECT d.*
FROM organizations AS o
CROSS JOIN LATERAL parlor_members_by_directory(
    o.organization_id,
    ARRAY(SELECT u.id FROM users AS u WHERE u.organization_id = o.organization_id)
) AS d;
