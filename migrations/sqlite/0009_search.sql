-- What a search looks through: titles, and messages that are finished.
--
-- Words are split and put into lower case by the program, in the same way for texts and for searches.
CREATE TABLE search_documents (
    -- The row's number in the index below. An alias of the rowid, so that VACUUM does not change it.
    document_id INTEGER NOT NULL PRIMARY KEY,
    organization_id BLOB NOT NULL,
    conversation_id BLOB NOT NULL,
    -- The message, or the conversation itself for its title.
    source_id BLOB NOT NULL,
    -- The words, each once, separated by one space.
    words TEXT NOT NULL,
    UNIQUE (organization_id, conversation_id, source_id),
    FOREIGN KEY (organization_id, conversation_id) REFERENCES conversations (organization_id, id) ON DELETE CASCADE
) STRICT;

-- The index. Each word stands in it with the organization's id before it ('0190…8fbeacon'): a search looks up nothing but
-- terms of its own organization, and what others wrote does not even make it slower. Only the document of a word is kept:
-- nothing asks for places or ranks.
CREATE VIRTUAL TABLE search_words USING fts5 (
    words,
    content = '',
    detail = none,
    columnsize = 0,
    tokenize = 'ascii'
);

CREATE TRIGGER search_documents_inserted AFTER INSERT ON search_documents BEGIN
    INSERT INTO search_words (rowid, words)
    VALUES (new.document_id, replace(' ' || new.words, ' ', ' ' || hex(new.organization_id)));
END;

-- The index wants to be told which words it has to forget.
CREATE TRIGGER search_documents_deleted AFTER DELETE ON search_documents BEGIN
    INSERT INTO search_words (search_words, rowid, words)
    VALUES ('delete', old.document_id, replace(' ' || old.words, ' ', ' ' || hex(old.organization_id)));
END;

CREATE TRIGGER search_documents_updated AFTER UPDATE OF words ON search_documents BEGIN
    INSERT INTO search_words (search_words, rowid, words)
    VALUES ('delete', old.document_id, replace(' ' || old.words, ' ', ' ' || hex(old.organization_id)));
    INSERT INTO search_words (rowid, words)
    VALUES (new.document_id, replace(' ' || new.words, ' ', ' ' || hex(new.organization_id)));
END;
