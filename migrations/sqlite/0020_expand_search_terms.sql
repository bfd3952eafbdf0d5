-- What a search looks up: the terms of each conversation, each once, from its title and its finished messages.
--
-- The conversation comes before the term. A search asks each conversation that the caller can see whether it has the
-- terms, so its work depends on nothing else. Who can see a conversation is not repeated here: a change of that does not
-- touch this table.
CREATE TABLE search_terms (
    organization_id BLOB NOT NULL,
    conversation_id BLOB NOT NULL,
    -- As the program folds and splits it.
    term TEXT NOT NULL,
    -- Whether the title has it.
    in_title INTEGER NOT NULL CHECK (in_title IN (0, 1)),
    -- The position of the first finished message that has it.
    position INTEGER CHECK (position > 0),
    PRIMARY KEY (organization_id, conversation_id, term),
    FOREIGN KEY (organization_id, conversation_id) REFERENCES conversations (organization_id, id) ON DELETE CASCADE,
    CHECK (in_title = 1 OR position IS NOT NULL)
) STRICT, WITHOUT ROWID;

-- The conversations whose terms are not all in the table above. The program indexes them in the background.
CREATE TABLE search_unindexed (
    organization_id BLOB NOT NULL,
    conversation_id BLOB NOT NULL,
    -- Messages before this position are indexed; 0: the title is not, either.
    next_position INTEGER NOT NULL DEFAULT 0 CHECK (next_position >= 0),
    PRIMARY KEY (organization_id, conversation_id),
    FOREIGN KEY (organization_id, conversation_id) REFERENCES conversations (organization_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

INSERT INTO search_unindexed (organization_id, conversation_id)
SELECT organization_id, id FROM conversations;

-- The index before this one is written by older versions of the program alone. What they write is indexed here, too.
CREATE TRIGGER search_documents_are_unindexed AFTER INSERT ON search_documents BEGIN
    INSERT INTO search_unindexed (organization_id, conversation_id)
    VALUES (new.organization_id, new.conversation_id)
    ON CONFLICT (organization_id, conversation_id) DO UPDATE SET next_position = 0;
END;

CREATE TRIGGER changed_search_documents_are_unindexed AFTER UPDATE ON search_documents BEGIN
    INSERT INTO search_unindexed (organization_id, conversation_id)
    VALUES (new.organization_id, new.conversation_id)
    ON CONFLICT (organization_id, conversation_id) DO UPDATE SET next_position = 0;
END;
