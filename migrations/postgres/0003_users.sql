-- People. A user is never deleted, only stopped: messages keep their author for ever.
CREATE TABLE users (
    organization_id uuid NOT NULL REFERENCES organizations,
    id uuid NOT NULL,
    name text NOT NULL,
    email text NOT NULL,
    -- False for a stopped user, who gets in nowhere.
    active boolean NOT NULL,
    PRIMARY KEY (organization_id, id)
);

ALTER TABLE users ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_the_organization ON users TO parlor_service
    USING (organization_id = parlor_current_organization());
GRANT SELECT, INSERT, UPDATE ON users TO parlor_service;
