-- Whether the title was given: by a person, or by the first prompt. NULL in rows of earlier versions, which did not keep it: there, a
-- title that reads like the placeholder of a new conversation is the placeholder.
ALTER TABLE conversations ADD COLUMN title_is_given INTEGER CHECK (title_is_given IN (0, 1));
