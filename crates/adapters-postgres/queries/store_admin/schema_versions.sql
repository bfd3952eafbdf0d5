-- The versions of the migrations that the database has.
SELECT version AS "version!"
FROM parlor_schema_versions() AS applied (version)
