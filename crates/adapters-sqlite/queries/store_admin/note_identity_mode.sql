INSERT INTO store_identity (singleton, identity_mode)
VALUES (1, ?1)
ON CONFLICT DO NOTHING
