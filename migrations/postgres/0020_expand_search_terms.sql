-- What a search looks up: the terms of each conversation, each once, from its title and its finished messages.
--
-- The conversation comes before the term. A search asks each conversation that the caller can see whether it has the
-- terms, so its work depends on nothing else. Who can see a conversation is not repeated here: a change of that does not
-- touch this table.
CREATE TABLE search_terms (
    organization_id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    -- As the program folds and splits it. Compared byte by byte, so that its beginning is a range.
    term text COLLATE "C" NOT NULL,
    -- Whether the title has it.
    in_title boolean NOT NULL,
    -- The position of the first finished message that has it.
    position integer CHECK (position > 0),
    PRIMARY KEY (organization_id, conversation_id, term),
    CHECK (in_title OR position IS NOT NULL)
);

-- No foreign key, which would be checked for each term of each message: every writer holds the conversation or one of its
-- messages locked. With the conversation its terms are deleted.
CREATE FUNCTION parlor_delete_search_terms() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    DELETE FROM search_terms AS t
    WHERE t.organization_id = old.organization_id AND t.conversation_id = old.id;
    RETURN NULL;
END
$$;
CREATE TRIGGER delete_search_terms AFTER DELETE ON conversations
FOR EACH ROW EXECUTE FUNCTION parlor_delete_search_terms();

ALTER TABLE search_terms ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_the_organization ON search_terms TO parlor_service
    USING (organization_id = (SELECT parlor_current_organization()));
CREATE POLICY of_all ON search_terms TO parlor_upkeep USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON search_terms TO parlor_service;
GRANT SELECT, INSERT, UPDATE ON search_terms TO parlor_upkeep;

-- The conversations whose terms are not all in the table above. The program indexes them in the background.
CREATE TABLE search_unindexed (
    organization_id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    -- Messages before this position are indexed; 0: the title is not, either.
    next_position integer NOT NULL DEFAULT 0 CHECK (next_position >= 0),
    PRIMARY KEY (organization_id, conversation_id),
    FOREIGN KEY (organization_id, conversation_id) REFERENCES conversations (organization_id, id) ON DELETE CASCADE
);

ALTER TABLE search_unindexed ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_the_organization ON search_unindexed TO parlor_service
    USING (organization_id = parlor_current_organization());
CREATE POLICY of_all ON search_unindexed TO parlor_upkeep USING (true);
GRANT SELECT, UPDATE, DELETE ON search_unindexed TO parlor_service;
GRANT SELECT ON search_unindexed TO parlor_upkeep;

-- The index before this one is written by older versions of the program alone. What they write, while they run beside this
-- one, is indexed here, too. The trigger comes before the conversations that are there are noted: nothing falls between.
CREATE FUNCTION parlor_note_unindexed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    INSERT INTO search_unindexed AS u (organization_id, conversation_id)
    VALUES (new.organization_id, new.conversation_id)
    ON CONFLICT (organization_id, conversation_id) DO UPDATE SET next_position = 0;
    RETURN NULL;
END
$$;
CREATE TRIGGER note_unindexed AFTER INSERT OR UPDATE ON search_documents
FOR EACH ROW EXECUTE FUNCTION parlor_note_unindexed();

-- Trigger functions are called by their triggers alone.
REVOKE ALL ON FUNCTION parlor_delete_search_terms(), parlor_note_unindexed() FROM PUBLIC;

INSERT INTO search_unindexed (organization_id, conversation_id)
SELECT c.organization_id, c.id FROM conversations AS c
ON CONFLICT DO NOTHING;
