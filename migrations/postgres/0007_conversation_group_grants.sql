-- Grants to groups.
CREATE TABLE conversation_group_grants (
    organization_id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    group_id uuid NOT NULL,
    level text NOT NULL CHECK (level IN ('view', 'collaborate')),
    -- Copies of the conversation's, kept in step by the same transaction, so that one group's conversations can be read in
    -- the order of the list, and somebody's own ones be left out, from the index alone.
    last_activity_at timestamptz NOT NULL,
    owner_id uuid NOT NULL,
    PRIMARY KEY (organization_id, conversation_id, group_id),
    FOREIGN KEY (organization_id, conversation_id) REFERENCES conversations (organization_id, id) ON DELETE CASCADE,
    -- A group with grants cannot be deleted: with its last grant gone a conversation would be shared with nobody, and
    -- that is no state. Whoever deletes a group takes its grants away first, as a change of each conversation.
    FOREIGN KEY (organization_id, group_id) REFERENCES directory_groups (organization_id, id) ON DELETE RESTRICT
);

CREATE INDEX conversation_group_grants_of_group
    ON conversation_group_grants (organization_id, group_id, last_activity_at DESC, conversation_id DESC)
    INCLUDE (owner_id, level);

ALTER TABLE conversation_group_grants ENABLE ROW LEVEL SECURITY;
-- As a query of its own, which is carried out once for each statement. Elsewhere the function is cheaper, but this table is looked
-- into once for each of somebody's groups, or for each conversation of a page.
CREATE POLICY of_the_organization ON conversation_group_grants TO parlor_service
    USING (organization_id = (SELECT parlor_current_organization()));
GRANT SELECT, INSERT, UPDATE, DELETE ON conversation_group_grants TO parlor_service;
