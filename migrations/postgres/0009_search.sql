-- What a search looks through: titles, and messages that are finished.
--
-- Words are split and put into lower case by the program, in the same way for texts and for searches. Each stands in the
-- index with the end of its organization's id before it ('8fbeacon' for short): what others wrote does not make a search slower.
CREATE TABLE search_documents (
    organization_id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    -- The message, or the conversation itself for its title.
    source_id uuid NOT NULL,
    words tsvector NOT NULL,
    PRIMARY KEY (organization_id, conversation_id, source_id),
    FOREIGN KEY (organization_id, conversation_id) REFERENCES conversations (organization_id, id) ON DELETE CASCADE
);

-- No list of pending entries: it would make every search read what was written since the last vacuum.
CREATE INDEX search_documents_words ON search_documents USING gin (words) WITH (fastupdate = off);

ALTER TABLE search_documents ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_the_organization ON search_documents TO parlor_service
    USING (organization_id = parlor_current_organization());
CREATE POLICY of_all ON search_documents TO parlor_upkeep USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON search_documents TO parlor_service;
GRANT SELECT, INSERT, UPDATE ON search_documents TO parlor_upkeep;

-- The conversations of the current organization in which the words are found. Behind a policy no index serves the operator @@:
-- PostgreSQL does not know that it keeps what it compares to itself. So this function, which belongs to the schema's owner,
-- looks for the words in place of the service, and holds the same condition itself.
CREATE FUNCTION parlor_search(query text) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
SET enable_bitmapscan = on
AS $$
    SELECT DISTINCT d.conversation_id
    FROM search_documents AS d
    WHERE d.organization_id = parlor_current_organization() AND d.words @@ query::tsquery
$$;
REVOKE ALL ON FUNCTION parlor_search(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION parlor_search(text) TO parlor_service;
