-- Grants to groups.
CREATE TABLE conversation_group_grants (
    organization_id BLOB NOT NULL,
    conversation_id BLOB NOT NULL,
    group_id BLOB NOT NULL,
    level TEXT NOT NULL CHECK (level IN ('view', 'collaborate')),
    -- A copy of the conversation's, kept in step by the same transaction, so that one group's conversations can be read in
    -- the order of the list.
    last_activity_at INTEGER NOT NULL,
    PRIMARY KEY (organization_id, conversation_id, group_id),
    FOREIGN KEY (organization_id, conversation_id) REFERENCES conversations (organization_id, id) ON DELETE CASCADE,
    -- A group with grants cannot be deleted: with its last grant gone a conversation would be shared with nobody, and
    -- that is no state. Whoever deletes a group takes its grants away first, as a change of each conversation.
    FOREIGN KEY (organization_id, group_id) REFERENCES directory_groups (organization_id, id) ON DELETE RESTRICT
) STRICT, WITHOUT ROWID;

CREATE INDEX conversation_group_grants_of_group
    ON conversation_group_grants (organization_id, group_id, last_activity_at DESC, conversation_id DESC);
