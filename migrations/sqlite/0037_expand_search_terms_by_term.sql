-- Finds the conversations that have a term: for a caller who sees every conversation of the organization, and for no other.
--
-- An expression in place of the column, so that SQLite never takes this index for a statement that does not ask for it: the
-- work of everybody else's search must not depend on what others have.
CREATE INDEX search_terms_by_term ON search_terms (organization_id, (term || ''));
