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
-- any more. A search asks these conversations one by one.
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

-- The triggers note what any version of the program changes, also an older one that runs beside this one.
CREATE FUNCTION parlor_note_audience(organization uuid, conversation uuid, audience uuid) RETURNS void
LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $$
    -- Not of a conversation that is being deleted.
    INSERT INTO search_audience_pending AS p (organization_id, conversation_id, audience_id)
    SELECT c.organization_id, c.id, audience
    FROM conversations AS c
    WHERE c.organization_id = organization AND c.id = conversation
    ON CONFLICT (organization_id, conversation_id, audience_id) DO UPDATE SET again_from = 0
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

CREATE FUNCTION parlor_note_added_terms() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    INSERT INTO search_audience_pending AS p (organization_id, conversation_id, audience_id, from_position)
    SELECT t.organization_id, t.conversation_id, a.id, t.from_position
    FROM (
        -- Terms of a title are always looked at.
        SELECT added.organization_id, added.conversation_id, coalesce(min(added.position), 2147483647) AS from_position
        FROM added
        GROUP BY added.organization_id, added.conversation_id
    ) AS t
    CROSS JOIN LATERAL (
        SELECT c.owner_id AS id
        FROM conversations AS c
        WHERE c.organization_id = t.organization_id AND c.id = t.conversation_id
        UNION ALL
        SELECT c.organization_id
        FROM conversations AS c
        WHERE c.organization_id = t.organization_id AND c.id = t.conversation_id AND c.organization_level IS NOT NULL
        UNION ALL
        SELECT g.group_id
        FROM conversation_group_grants AS g
        WHERE g.organization_id = t.organization_id AND g.conversation_id = t.conversation_id
    ) AS a
    ON CONFLICT (organization_id, conversation_id, audience_id) DO UPDATE
    SET again_from = least(coalesce(p.again_from, excluded.from_position), excluded.from_position);
    RETURN NULL;
END
$$;
CREATE TRIGGER note_added_terms AFTER INSERT ON search_terms
REFERENCING NEW TABLE AS added
FOR EACH STATEMENT EXECUTE FUNCTION parlor_note_added_terms();

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

-- Who has terms of a conversation, or may have.
CREATE FUNCTION parlor_audiences(organization uuid, conversation uuid) RETURNS SETOF uuid
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT c.owner_id
    FROM conversations AS c
    WHERE c.organization_id = organization AND c.id = conversation
    UNION
    SELECT c.organization_id
    FROM conversations AS c
    WHERE c.organization_id = organization AND c.id = conversation AND c.organization_level IS NOT NULL
    UNION
    SELECT g.group_id
    FROM conversation_group_grants AS g
    WHERE g.organization_id = organization AND g.conversation_id = conversation
    UNION
    SELECT p.audience_id
    FROM search_audience_pending AS p
    WHERE p.organization_id = organization AND p.conversation_id = conversation
$$;

-- What a title loses, its conversation's audiences lose, too.
CREATE FUNCTION parlor_delete_lost_terms() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    PERFORM parlor_delete_audience_term(lost.organization_id, audience.id, lost.term, lost.conversation_id)
    FROM lost
    CROSS JOIN LATERAL parlor_audiences(lost.organization_id, lost.conversation_id) AS audience (id);
    RETURN NULL;
END
$$;
CREATE TRIGGER delete_lost_terms AFTER DELETE ON search_terms
REFERENCING OLD TABLE AS lost
FOR EACH STATEMENT EXECUTE FUNCTION parlor_delete_lost_terms();

-- Before a conversation, its grants and its terms are gone: they tell what its audiences had of it.
CREATE FUNCTION parlor_delete_audience_terms() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    PERFORM parlor_delete_audience_term(old.organization_id, audience.id, s.term, old.id)
    FROM parlor_audiences(old.organization_id, old.id) AS audience (id)
    CROSS JOIN search_terms AS s
    WHERE s.organization_id = old.organization_id AND s.conversation_id = old.id;
    DELETE FROM search_audience_pending AS p
    WHERE p.organization_id = old.organization_id AND p.conversation_id = old.id;
    RETURN old;
END
$$;
CREATE TRIGGER delete_audience_terms BEFORE DELETE ON conversations
FOR EACH ROW EXECUTE FUNCTION parlor_delete_audience_terms();

-- Triggers alone call these.
REVOKE ALL ON FUNCTION
    parlor_note_audience(uuid, uuid, uuid),
    parlor_note_audiences_of_conversation(),
    parlor_note_audience_of_grant(),
    parlor_note_added_terms(),
    parlor_audiences(uuid, uuid),
    parlor_delete_lost_terms(),
    parlor_delete_audience_terms()
FROM PUBLIC;

INSERT INTO search_audience_pending (organization_id, conversation_id, audience_id)
SELECT c.organization_id, c.id, c.owner_id FROM conversations AS c
UNION ALL
SELECT c.organization_id, c.id, c.organization_id FROM conversations AS c WHERE c.organization_level IS NOT NULL
UNION ALL
SELECT g.organization_id, g.conversation_id, g.group_id FROM conversation_group_grants AS g
ON CONFLICT DO NOTHING;
