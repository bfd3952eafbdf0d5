-- The tenants. In every table each primary key, foreign key and unique index begins with organization_id, so that no row can
-- refer to a row of another tenant, and the rows of one tenant can live together on one machine.
CREATE TABLE organizations (
    organization_id uuid NOT NULL PRIMARY KEY,
    name text NOT NULL,
    -- The setting of the same name: whether conversations may be private.
    private_conversations boolean NOT NULL,
    -- What the store was filled with: a program in another identity mode must not take it over.
    identity_mode text NOT NULL
);

ALTER TABLE organizations ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_the_organization ON organizations TO parlor_service
    USING (organization_id = parlor_current_organization());
CREATE POLICY of_all ON organizations FOR SELECT TO parlor_upkeep USING (true);
GRANT SELECT, INSERT, UPDATE ON organizations TO parlor_service;
GRANT SELECT ON organizations TO parlor_upkeep;
