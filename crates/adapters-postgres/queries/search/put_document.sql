-- Lets a title or a message be found by these words, and no longer by those that it had.
INSERT INTO search_documents (organization_id, conversation_id, source_id, words)
VALUES ($1, $2, $3, array_to_tsvector(string_to_array($4, ' ')))
ON CONFLICT (organization_id, conversation_id, source_id) DO UPDATE SET words = excluded.words
