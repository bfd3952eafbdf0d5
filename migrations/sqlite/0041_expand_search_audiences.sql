-- Finds the conversations that have a term among those that somebody can see. An *audience* of a conversation is a way to see
-- it: its owner, the organization where it has a grant, and each group that has one.
--
-- A search reads the audiences of its caller, so its work depends on nothing else. This table repeats `search_terms`, in
-- another order. The program fills it in the background, because a change of grants would otherwise rewrite all terms of a
-- conversation.
CREATE TABLE search_audience_terms (
    organization_id BLOB NOT NULL,
    -- The id of the owner, of the group, or of the organization.
    audience_id BLOB NOT NULL,
    term TEXT NOT NULL,
    conversation_id BLOB NOT NULL,
    PRIMARY KEY (organization_id, audience_id, term, conversation_id)
) STRICT, WITHOUT ROWID;

-- Where the table above is not right yet: terms of a conversation are missing in an audience, or are there although it is none
-- any more. A search asks these conversations one by one. No foreign key: what a deleted conversation had is removed, too.
CREATE TABLE search_audience_pending (
    organization_id BLOB NOT NULL,
    conversation_id BLOB NOT NULL,
    audience_id BLOB NOT NULL,
    -- The terms of messages before this position are there; 0: nothing is.
    from_position INTEGER NOT NULL DEFAULT 0 CHECK (from_position >= 0),
    -- The terms up to this one are there.
    done_up_to TEXT NOT NULL DEFAULT '',
    -- What has changed meanwhile: after the last term it begins again, from this position.
    again_from INTEGER CHECK (again_from >= 0),
    PRIMARY KEY (organization_id, conversation_id, audience_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX search_audience_pending_of_audience
ON search_audience_pending (organization_id, audience_id, conversation_id);

-- The audiences of each conversation.
CREATE VIEW conversation_audiences (organization_id, conversation_id, audience_id) AS
SELECT c.organization_id, c.id, c.owner_id FROM conversations AS c
UNION ALL
SELECT c.organization_id, c.id, c.organization_id FROM conversations AS c WHERE c.organization_level IS NOT NULL
UNION ALL
SELECT g.organization_id, g.conversation_id, g.group_id FROM conversation_group_grants AS g;

CREATE TRIGGER added_conversations_are_pending AFTER INSERT ON conversations BEGIN
    INSERT INTO search_audience_pending (organization_id, conversation_id, audience_id)
    VALUES (new.organization_id, new.id, new.owner_id)
    ON CONFLICT DO UPDATE
    SET from_position = iif(done_up_to = '', 0, from_position), again_from = iif(done_up_to = '', NULL, 0);
    INSERT INTO search_audience_pending (organization_id, conversation_id, audience_id)
    SELECT new.organization_id, new.id, new.organization_id
    WHERE new.organization_level IS NOT NULL
    ON CONFLICT DO UPDATE
    SET from_position = iif(done_up_to = '', 0, from_position), again_from = iif(done_up_to = '', NULL, 0);
END;

CREATE TRIGGER deleted_conversations_are_pending AFTER DELETE ON conversations BEGIN
    INSERT INTO search_audience_pending (organization_id, conversation_id, audience_id)
    VALUES (old.organization_id, old.id, old.owner_id)
    ON CONFLICT DO UPDATE
    SET from_position = iif(done_up_to = '', 0, from_position), again_from = iif(done_up_to = '', NULL, 0);
    INSERT INTO search_audience_pending (organization_id, conversation_id, audience_id)
    SELECT old.organization_id, old.id, old.organization_id
    WHERE old.organization_level IS NOT NULL
    ON CONFLICT DO UPDATE
    SET from_position = iif(done_up_to = '', 0, from_position), again_from = iif(done_up_to = '', NULL, 0);
END;

CREATE TRIGGER transferred_conversations_are_pending AFTER UPDATE OF owner_id ON conversations
WHEN old.owner_id <> new.owner_id BEGIN
    INSERT INTO search_audience_pending (organization_id, conversation_id, audience_id)
    VALUES (old.organization_id, old.id, old.owner_id), (old.organization_id, old.id, new.owner_id)
    ON CONFLICT DO UPDATE
    SET from_position = iif(done_up_to = '', 0, from_position), again_from = iif(done_up_to = '', NULL, 0);
END;

CREATE TRIGGER conversations_shared_with_all_are_pending AFTER UPDATE OF organization_level ON conversations
WHEN (old.organization_level IS NULL) <> (new.organization_level IS NULL) BEGIN
    INSERT INTO search_audience_pending (organization_id, conversation_id, audience_id)
    VALUES (old.organization_id, old.id, old.organization_id)
    ON CONFLICT DO UPDATE
    SET from_position = iif(done_up_to = '', 0, from_position), again_from = iif(done_up_to = '', NULL, 0);
END;

CREATE TRIGGER added_grants_are_pending AFTER INSERT ON conversation_group_grants BEGIN
    INSERT INTO search_audience_pending (organization_id, conversation_id, audience_id)
    VALUES (new.organization_id, new.conversation_id, new.group_id)
    ON CONFLICT DO UPDATE
    SET from_position = iif(done_up_to = '', 0, from_position), again_from = iif(done_up_to = '', NULL, 0);
END;

CREATE TRIGGER deleted_grants_are_pending AFTER DELETE ON conversation_group_grants BEGIN
    INSERT INTO search_audience_pending (organization_id, conversation_id, audience_id)
    VALUES (old.organization_id, old.conversation_id, old.group_id)
    ON CONFLICT DO UPDATE
    SET from_position = iif(done_up_to = '', 0, from_position), again_from = iif(done_up_to = '', NULL, 0);
END;
