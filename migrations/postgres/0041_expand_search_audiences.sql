-- Finds the conversations that have a term among those that somebody can see. An *audience* of a conversation is a way to see
-- it: its owner, the organization where it has a grant, and each group that has one.
--
-- A search reads the audiences of its caller, so its work depends on nothing else. This table repeats `search_terms`, in
-- another order. The program fills it in the background, because a change of grants would otherwise rewrite all terms of a
-- conversation.
CREATE TABLE search_audience_terms (
    organization_id uuid NOT NULL,
    -- The id of the owner, of the group, or of the organization.
    audience_id uuid NOT NULL,
    term text COLLATE "C" NOT NULL,
    conversation_id uuid NOT NULL,
    PRIMARY KEY (organization_id, audience_id, term, conversation_id)
);

ALTER TABLE search_audience_terms ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_the_organization ON search_audience_terms TO parlor_service
    USING (organization_id = (SELECT parlor_current_organization()));
GRANT SELECT, INSERT, DELETE ON search_audience_terms TO parlor_service;

-- Where the table above is not right yet: terms of a conversation are missing in an audience, or are there although it is none
-- any more. A search asks these conversations one by one. No foreign key: what a deleted conversation had is removed, too.
CREATE TABLE search_audience_pending (
    organization_id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    audience_id uuid NOT NULL,
    -- The terms of messages before this position are there; 0: nothing is.
    from_position integer NOT NULL DEFAULT 0 CHECK (from_position >= 0),
    -- The terms up to this one are there.
    done_up_to text COLLATE "C" NOT NULL DEFAULT '',
    -- What has changed meanwhile: after the last term it begins again, from this position.
    again_from integer CHECK (again_from >= 0),
    PRIMARY KEY (organization_id, conversation_id, audience_id)
);

CREATE INDEX search_audience_pending_of_audience
ON search_audience_pending (organization_id, audience_id, conversation_id);

ALTER TABLE search_audience_pending ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_the_organization ON search_audience_pending TO parlor_service
    USING (organization_id = (SELECT parlor_current_organization()));
CREATE POLICY of_all ON search_audience_pending TO parlor_upkeep USING (true);
GRANT SELECT, UPDATE, DELETE ON search_audience_pending TO parlor_service;
GRANT SELECT ON search_audience_pending TO parlor_upkeep;

-- The triggers note what any version of the program changes, also an older one that runs beside this one. Where the work on an
-- audience has not begun, it begins from there; otherwise it begins again after its end.
CREATE FUNCTION parlor_note_audience(organization uuid, conversation uuid, audience uuid) RETURNS void
LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $$
    -- Not of a conversation that is deleted: everything of it is noted then.
    INSERT INTO search_audience_pending AS p (organization_id, conversation_id, audience_id)
    SELECT c.organization_id, c.id, audience
    FROM conversations AS c
    WHERE c.organization_id = organization AND c.id = conversation
    ON CONFLICT (organization_id, conversation_id, audience_id) DO UPDATE
    SET
        from_position = CASE WHEN p.done_up_to = '' THEN 0 ELSE p.from_position END,
        again_from = CASE WHEN p.done_up_to = '' THEN NULL ELSE 0 END
$$;

CREATE FUNCTION parlor_note_audiences_of_conversation() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF tg_op = 'INSERT' THEN
        PERFORM parlor_note_audience(new.organization_id, new.id, new.owner_id);
    ELSIF new.owner_id <> old.owner_id THEN
        PERFORM parlor_note_audience(new.organization_id, new.id, old.owner_id);
        PERFORM parlor_note_audience(new.organization_id, new.id, new.owner_id);
    END IF;
    IF (new.organization_level IS NULL) <> (tg_op = 'INSERT' OR old.organization_level IS NULL) THEN
        PERFORM parlor_note_audience(new.organization_id, new.id, new.organization_id);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER note_audiences_of_added AFTER INSERT ON conversations
FOR EACH ROW EXECUTE FUNCTION parlor_note_audiences_of_conversation();
CREATE TRIGGER note_audiences_of_changed AFTER UPDATE OF owner_id, organization_level ON conversations
FOR EACH ROW
WHEN (
    new.owner_id <> old.owner_id
    OR (new.organization_level IS NULL) <> (old.organization_level IS NULL)
)
EXECUTE FUNCTION parlor_note_audiences_of_conversation();

CREATE FUNCTION parlor_note_audience_of_grant() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF tg_op = 'INSERT' THEN
        PERFORM parlor_note_audience(new.organization_id, new.conversation_id, new.group_id);
    ELSE
        PERFORM parlor_note_audience(old.organization_id, old.conversation_id, old.group_id);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER note_audience_of_grant AFTER INSERT OR DELETE ON conversation_group_grants
FOR EACH ROW EXECUTE FUNCTION parlor_note_audience_of_grant();

-- Who sees a conversation.
CREATE FUNCTION parlor_audiences(organization uuid, conversation uuid) RETURNS SETOF uuid
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT c.owner_id
    FROM conversations AS c
    WHERE c.organization_id = organization AND c.id = conversation
    UNION ALL
    SELECT c.organization_id
    FROM conversations AS c
    WHERE c.organization_id = organization AND c.id = conversation AND c.organization_level IS NOT NULL
    UNION ALL
    SELECT g.group_id
    FROM conversation_group_grants AS g
    WHERE g.organization_id = organization AND g.conversation_id = conversation
$$;

CREATE FUNCTION parlor_note_changed_terms() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    INSERT INTO search_audience_pending AS p (organization_id, conversation_id, audience_id, from_position)
    SELECT t.organization_id, t.conversation_id, audience.id, t.from_position
    FROM (
        -- Terms of a title are always looked at.
        SELECT
            changed.organization_id,
            changed.conversation_id,
            coalesce(min(changed.position), 2147483647) AS from_position
        FROM changed
        GROUP BY changed.organization_id, changed.conversation_id
    ) AS t
    CROSS JOIN LATERAL parlor_audiences(t.organization_id, t.conversation_id) AS audience (id)
    ON CONFLICT (organization_id, conversation_id, audience_id) DO UPDATE
    SET
        from_position = CASE
            WHEN p.done_up_to = '' THEN least(p.from_position, excluded.from_position)
            ELSE p.from_position
        END,
        again_from = CASE
            WHEN p.done_up_to = '' THEN NULL
            ELSE least(coalesce(p.again_from, excluded.from_position), excluded.from_position)
        END;
    RETURN NULL;
END
$$;
CREATE TRIGGER note_added_terms AFTER INSERT ON search_terms
REFERENCING NEW TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION parlor_note_changed_terms();
-- The first message that has a term can become an earlier one: one that the work of an audience would pass over.
CREATE TRIGGER note_moved_terms AFTER UPDATE ON search_terms
REFERENCING NEW TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION parlor_note_changed_terms();

-- One row by its whole key: of a statement about many rows PostgreSQL may make a scan of the organization's.
CREATE FUNCTION parlor_delete_audience_term(organization uuid, audience uuid, deleted_term text, conversation uuid)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    DELETE FROM search_audience_terms AS a
    WHERE a.organization_id = organization
        AND a.audience_id = audience
        AND a.term = deleted_term
        AND a.conversation_id = conversation;
END
$$;
REVOKE ALL ON FUNCTION parlor_delete_audience_term(uuid, uuid, text, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION parlor_delete_audience_term(uuid, uuid, text, uuid) TO parlor_service;

-- What a title loses is taken from everybody who has it, or may have it still.
CREATE FUNCTION parlor_delete_lost_terms() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    PERFORM parlor_delete_audience_term(lost.organization_id, audience.id, lost.term, lost.conversation_id)
    FROM (
        SELECT c.organization_id, c.id
        FROM (SELECT DISTINCT lost.organization_id, lost.conversation_id FROM lost) AS l
        -- Of a deleted conversation everything is taken away in the background.
        JOIN conversations AS c ON c.organization_id = l.organization_id AND c.id = l.conversation_id
    ) AS c
    CROSS JOIN LATERAL (
        SELECT current.id FROM parlor_audiences(c.organization_id, c.id) AS current (id)
        UNION
        SELECT p.audience_id
        FROM search_audience_pending AS p
        WHERE p.organization_id = c.organization_id AND p.conversation_id = c.id
    ) AS audience
    JOIN lost ON lost.organization_id = c.organization_id AND lost.conversation_id = c.id;
    RETURN NULL;
END
$$;
CREATE TRIGGER delete_lost_terms AFTER DELETE ON search_terms
REFERENCING OLD TABLE AS lost
FOR EACH STATEMENT EXECUTE FUNCTION parlor_delete_lost_terms();

-- With a conversation all its audiences are noted, and the highest id for its own terms: these go last, since they tell what the
-- audiences had. A conversation can have many of both, so all of it is removed in parts, in the background. Nobody finds them
-- without the conversation.
CREATE FUNCTION parlor_note_deleted_conversation() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    PERFORM parlor_note_audience(old.organization_id, old.id, audience.id)
    FROM (
        SELECT current.id FROM parlor_audiences(old.organization_id, old.id) AS current (id)
        UNION ALL
        SELECT 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid
    ) AS audience;
    RETURN old;
END
$$;
CREATE TRIGGER note_deleted_conversation BEFORE DELETE ON conversations
FOR EACH ROW EXECUTE FUNCTION parlor_note_deleted_conversation();
DROP TRIGGER delete_search_terms ON conversations;
DROP FUNCTION parlor_delete_search_terms();

-- Triggers alone call these.
REVOKE ALL ON FUNCTION
    parlor_note_audience(uuid, uuid, uuid),
    parlor_note_audiences_of_conversation(),
    parlor_note_audience_of_grant(),
    parlor_audiences(uuid, uuid),
    parlor_note_changed_terms(),
    parlor_delete_lost_terms(),
    parlor_note_deleted_conversation()
FROM PUBLIC;
