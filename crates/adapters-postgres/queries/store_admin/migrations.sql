-- The migrations that the database has.
SELECT m.version AS "version!", m.description AS "description!"
FROM parlor_migrations() AS m
