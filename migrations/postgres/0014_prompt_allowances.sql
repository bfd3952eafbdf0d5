-- How much of its allowance a user has taken: the time from which nothing of it is taken any more (the generic cell rate
-- algorithm's theoretical arrival time).
CREATE TABLE prompt_allowances (
    organization_id uuid NOT NULL,
    user_id uuid NOT NULL,
    taken_until timestamptz NOT NULL,
    PRIMARY KEY (organization_id, user_id),
    FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id) ON DELETE CASCADE
);

ALTER TABLE prompt_allowances ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_the_organization ON prompt_allowances TO parlor_service
    USING (organization_id = parlor_current_organization());
GRANT SELECT, INSERT, UPDATE ON prompt_allowances TO parlor_service;
