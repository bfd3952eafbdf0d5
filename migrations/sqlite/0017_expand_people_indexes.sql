-- From a name, a role and a group to the people: "who can see this?" comes from there. Bytes of UTF-8 sort as code points.
CREATE INDEX users_by_name ON users (organization_id, name, id);
CREATE INDEX user_roles_of_role ON user_roles (organization_id, role_id, user_id);
CREATE INDEX group_members_of_group ON group_members (organization_id, group_id, user_id);
