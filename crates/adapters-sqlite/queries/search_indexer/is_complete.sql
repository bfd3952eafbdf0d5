-- Whether every conversation is indexed.
SELECT NOT EXISTS (SELECT 1 FROM search_unindexed AS w) AS "is_complete!: bool"
