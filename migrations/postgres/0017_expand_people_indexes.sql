-- From a name, a role and a group to the people: "who can see this?" comes from there. Not of active users alone: while a table is
-- empty, an index of a part of it looks shorter than the primary key, and would be taken to find one user.
CREATE INDEX users_by_name ON users (organization_id, (name COLLATE "C"), id);
CREATE INDEX user_roles_of_role ON user_roles (organization_id, role_id, user_id);
CREATE INDEX group_members_of_group ON group_members (organization_id, group_id, user_id);
