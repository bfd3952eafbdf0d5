-- What happened in a conversation, for those who follow it: numbered in the order of commit, so that whoever comes back with the
-- number of the last event that it saw is told every later one. Triggers write it, so that it holds whoever changes a row: a
-- program that does not know of it, during an upgrade, and a statement by hand.
--
-- The number of the conversation's last event. To count it up locks the conversation until the end of the transaction: numbers of one
-- conversation commit in their order.
ALTER TABLE conversations ADD COLUMN last_event bigint NOT NULL DEFAULT 0;

CREATE TABLE conversation_events (
    organization_id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    number bigint NOT NULL CHECK (number > 0),
    -- A message came; an answer ended; the title, the grants or the owner were changed.
    kind text NOT NULL CHECK (kind IN ('created', 'ended', 'changed')),
    -- The message, where it is about one. What it says is read where it stands.
    message_id uuid,
    PRIMARY KEY (organization_id, conversation_id, number),
    FOREIGN KEY (organization_id, conversation_id) REFERENCES conversations (organization_id, id) ON DELETE CASCADE,
    CHECK ((kind = 'changed') = (message_id IS NULL))
);

ALTER TABLE conversation_events ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_the_organization ON conversation_events TO parlor_service
    USING (organization_id = parlor_current_organization());
GRANT SELECT ON conversation_events TO parlor_service;

-- The functions belong to the schema's owner: nobody else writes events, and upkeep, which ends abandoned answers, may not touch
-- conversations itself. They come after the statement, so that one that changes a message and its conversation at once goes on as
-- before.
CREATE FUNCTION parlor_tell_that_messages_came() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    WITH counted AS (
        SELECT a.organization_id, a.conversation_id, count(*) AS messages
        FROM added AS a
        GROUP BY a.organization_id, a.conversation_id
    ),
    numbered AS (
        UPDATE conversations AS c
        SET last_event = c.last_event + counted.messages
        FROM counted
        WHERE c.organization_id = counted.organization_id AND c.id = counted.conversation_id
        RETURNING c.organization_id, c.id, c.last_event - counted.messages AS before
    )
    INSERT INTO conversation_events (organization_id, conversation_id, number, kind, message_id)
    SELECT
        n.organization_id,
        n.id,
        n.before + row_number() OVER (PARTITION BY a.organization_id, a.conversation_id ORDER BY a.position),
        'created',
        a.id
    FROM added AS a
    JOIN numbered AS n ON n.organization_id = a.organization_id AND n.id = a.conversation_id;
    RETURN NULL;
END
$$;

CREATE FUNCTION parlor_tell_that_an_answer_ended() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    WITH numbered AS (
        UPDATE conversations AS c
        SET last_event = c.last_event + 1
        WHERE c.organization_id = NEW.organization_id AND c.id = NEW.conversation_id
        RETURNING c.organization_id, c.id, c.last_event
    )
    INSERT INTO conversation_events (organization_id, conversation_id, number, kind, message_id)
    SELECT n.organization_id, n.id, n.last_event, 'ended', NEW.id
    FROM numbered AS n;
    RETURN NULL;
END
$$;

-- Before the row is written, so that it is written once.
CREATE FUNCTION parlor_tell_that_a_conversation_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    NEW.last_event := OLD.last_event + 1;
    INSERT INTO conversation_events (organization_id, conversation_id, number, kind)
    VALUES (NEW.organization_id, NEW.id, NEW.last_event, 'changed');
    RETURN NEW;
END
$$;

CREATE TRIGGER messages_tell_that_they_came AFTER INSERT ON messages
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION parlor_tell_that_messages_came();
CREATE TRIGGER messages_tell_that_they_ended AFTER UPDATE OF status ON messages
    FOR EACH ROW WHEN (OLD.status = 'writing' AND NEW.status <> 'writing')
    EXECUTE FUNCTION parlor_tell_that_an_answer_ended();
-- Grants to groups are rows of their own; the version is another one with every change of them.
CREATE TRIGGER conversations_tell_that_they_changed
    BEFORE UPDATE OF owner_id, title, privacy, organization_level, version ON conversations
    FOR EACH ROW WHEN (
        (OLD.owner_id, OLD.title, OLD.privacy, OLD.organization_level, OLD.version)
        IS DISTINCT FROM (NEW.owner_id, NEW.title, NEW.privacy, NEW.organization_level, NEW.version)
    )
    EXECUTE FUNCTION parlor_tell_that_a_conversation_changed();

-- Counts up with every change of an organization's people, roles or groups, whoever makes it: those who follow something look
-- again when it is another one.
ALTER TABLE organizations ADD COLUMN directory_version bigint NOT NULL DEFAULT 0;

CREATE FUNCTION parlor_tell_that_the_directory_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    UPDATE organizations AS o
    SET directory_version = o.directory_version + 1
    WHERE o.organization_id IN (SELECT changed.organization_id FROM changed);
    RETURN NULL;
END
$$;

DO $$
DECLARE
    table_name text;
BEGIN
    FOREACH table_name IN ARRAY ARRAY[
        'users', 'roles', 'role_permissions', 'user_roles', 'directory_groups', 'group_members'
    ] LOOP
        EXECUTE format(
            'CREATE TRIGGER %1$s_inserted AFTER INSERT ON %1$s REFERENCING NEW TABLE AS changed '
            'FOR EACH STATEMENT EXECUTE FUNCTION parlor_tell_that_the_directory_changed()', table_name);
        EXECUTE format(
            'CREATE TRIGGER %1$s_updated AFTER UPDATE ON %1$s REFERENCING NEW TABLE AS changed '
            'FOR EACH STATEMENT EXECUTE FUNCTION parlor_tell_that_the_directory_changed()', table_name);
        EXECUTE format(
            'CREATE TRIGGER %1$s_deleted AFTER DELETE ON %1$s REFERENCING OLD TABLE AS changed '
            'FOR EACH STATEMENT EXECUTE FUNCTION parlor_tell_that_the_directory_changed()', table_name);
    END LOOP;
END
$$;

-- Trigger functions are called by their triggers alone.
REVOKE ALL ON FUNCTION
    parlor_tell_that_messages_came(),
    parlor_tell_that_an_answer_ended(),
    parlor_tell_that_a_conversation_changed(),
    parlor_tell_that_the_directory_changed()
FROM PUBLIC;
