-- What this store was filled with. A store is filled once; a program in another identity mode must not take it over.
CREATE TABLE store_identity (
    -- There is one row or none.
    singleton INTEGER NOT NULL PRIMARY KEY CHECK (singleton = 1),
    identity_mode TEXT NOT NULL
) STRICT;
