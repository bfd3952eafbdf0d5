-- What happened in a conversation, for those who follow it: numbered in the order of commit, so that whoever comes back with the
-- number of the last event that it saw is told every later one. Triggers write it, so that it holds whoever changes a row.
--
-- The number of the conversation's last event. One connection writes, so it grows from commit to commit.
ALTER TABLE conversations ADD COLUMN last_event INTEGER NOT NULL DEFAULT 0 CHECK (last_event >= 0);

CREATE TABLE conversation_events (
    organization_id BLOB NOT NULL,
    conversation_id BLOB NOT NULL,
    number INTEGER NOT NULL CHECK (number > 0),
    -- A message came; an answer ended; the title, the grants or the owner were changed.
    kind TEXT NOT NULL CHECK (kind IN ('created', 'ended', 'changed')),
    -- The message, where it is about one. What it says is read where it stands.
    message_id BLOB CHECK (length(message_id) = 16),
    PRIMARY KEY (organization_id, conversation_id, number),
    FOREIGN KEY (organization_id, conversation_id) REFERENCES conversations (organization_id, id) ON DELETE CASCADE,
    CHECK ((kind = 'changed') = (message_id IS NULL))
) STRICT, WITHOUT ROWID;

CREATE TRIGGER messages_tell_that_they_came AFTER INSERT ON messages BEGIN
    UPDATE conversations
    SET last_event = last_event + 1
    WHERE organization_id = new.organization_id AND id = new.conversation_id;
    INSERT INTO conversation_events (organization_id, conversation_id, number, kind, message_id)
    SELECT c.organization_id, c.id, c.last_event, 'created', new.id
    FROM conversations AS c
    WHERE c.organization_id = new.organization_id AND c.id = new.conversation_id;
END;

CREATE TRIGGER messages_tell_that_they_ended AFTER UPDATE OF status ON messages
WHEN old.status = 'writing' AND new.status <> 'writing' BEGIN
    UPDATE conversations
    SET last_event = last_event + 1
    WHERE organization_id = new.organization_id AND id = new.conversation_id;
    INSERT INTO conversation_events (organization_id, conversation_id, number, kind, message_id)
    SELECT c.organization_id, c.id, c.last_event, 'ended', new.id
    FROM conversations AS c
    WHERE c.organization_id = new.organization_id AND c.id = new.conversation_id;
END;

-- Grants to groups are rows of their own; the version is another one with every change of them.
CREATE TRIGGER conversations_tell_that_they_changed
AFTER UPDATE OF owner_id, title, privacy, organization_level, version ON conversations
WHEN (old.owner_id, old.title, old.privacy, old.organization_level, old.version)
    IS NOT (new.owner_id, new.title, new.privacy, new.organization_level, new.version) BEGIN
    UPDATE conversations
    SET last_event = last_event + 1
    WHERE organization_id = new.organization_id AND id = new.id;
    INSERT INTO conversation_events (organization_id, conversation_id, number, kind)
    SELECT c.organization_id, c.id, c.last_event, 'changed'
    FROM conversations AS c
    WHERE c.organization_id = new.organization_id AND c.id = new.id;
END;

-- Counts up with every change of an organization's people, roles or groups, whoever makes it: those who follow something look
-- again when it is another one.
ALTER TABLE organizations ADD COLUMN directory_version INTEGER NOT NULL DEFAULT 0;

CREATE TRIGGER users_inserted AFTER INSERT ON users BEGIN
    UPDATE organizations SET directory_version = directory_version + 1 WHERE organization_id = new.organization_id;
END;
CREATE TRIGGER users_updated AFTER UPDATE ON users BEGIN
    UPDATE organizations SET directory_version = directory_version + 1 WHERE organization_id = new.organization_id;
END;
CREATE TRIGGER users_deleted AFTER DELETE ON users BEGIN
    UPDATE organizations SET directory_version = directory_version + 1 WHERE organization_id = old.organization_id;
END;
CREATE TRIGGER roles_inserted AFTER INSERT ON roles BEGIN
    UPDATE organizations SET directory_version = directory_version + 1 WHERE organization_id = new.organization_id;
END;
CREATE TRIGGER roles_updated AFTER UPDATE ON roles BEGIN
    UPDATE organizations SET directory_version = directory_version + 1 WHERE organization_id = new.organization_id;
END;
CREATE TRIGGER roles_deleted AFTER DELETE ON roles BEGIN
    UPDATE organizations SET directory_version = directory_version + 1 WHERE organization_id = old.organization_id;
END;
CREATE TRIGGER role_permissions_inserted AFTER INSERT ON role_permissions BEGIN
    UPDATE organizations SET directory_version = directory_version + 1 WHERE organization_id = new.organization_id;
END;
CREATE TRIGGER role_permissions_updated AFTER UPDATE ON role_permissions BEGIN
    UPDATE organizations SET directory_version = directory_version + 1 WHERE organization_id = new.organization_id;
END;
CREATE TRIGGER role_permissions_deleted AFTER DELETE ON role_permissions BEGIN
    UPDATE organizations SET directory_version = directory_version + 1 WHERE organization_id = old.organization_id;
END;
CREATE TRIGGER user_roles_inserted AFTER INSERT ON user_roles BEGIN
    UPDATE organizations SET directory_version = directory_version + 1 WHERE organization_id = new.organization_id;
END;
CREATE TRIGGER user_roles_updated AFTER UPDATE ON user_roles BEGIN
    UPDATE organizations SET directory_version = directory_version + 1 WHERE organization_id = new.organization_id;
END;
CREATE TRIGGER user_roles_deleted AFTER DELETE ON user_roles BEGIN
    UPDATE organizations SET directory_version = directory_version + 1 WHERE organization_id = old.organization_id;
END;
CREATE TRIGGER directory_groups_inserted AFTER INSERT ON directory_groups BEGIN
    UPDATE organizations SET directory_version = directory_version + 1 WHERE organization_id = new.organization_id;
END;
CREATE TRIGGER directory_groups_updated AFTER UPDATE ON directory_groups BEGIN
    UPDATE organizations SET directory_version = directory_version + 1 WHERE organization_id = new.organization_id;
END;
CREATE TRIGGER directory_groups_deleted AFTER DELETE ON directory_groups BEGIN
    UPDATE organizations SET directory_version = directory_version + 1 WHERE organization_id = old.organization_id;
END;
CREATE TRIGGER group_members_inserted AFTER INSERT ON group_members BEGIN
    UPDATE organizations SET directory_version = directory_version + 1 WHERE organization_id = new.organization_id;
END;
CREATE TRIGGER group_members_updated AFTER UPDATE ON group_members BEGIN
    UPDATE organizations SET directory_version = directory_version + 1 WHERE organization_id = new.organization_id;
END;
CREATE TRIGGER group_members_deleted AFTER DELETE ON group_members BEGIN
    UPDATE organizations SET directory_version = directory_version + 1 WHERE organization_id = old.organization_id;
END;
