-- Makes of what `made` describes a store for searches: {visible} conversations that the reader can see, evenly among {size},
-- and nothing else that they can. Four in ten of those are the reader's, three are the organization's, three are a group's.
UPDATE made
SET
    owner_id = CASE
        WHEN n * {visible} % {size} < {visible} AND n * {visible} / {size} % 10 < 4 THEN {reader}
        WHEN owner_id = {reader} THEN {somebody}
        ELSE owner_id
    END,
    share = CASE
        WHEN n * {visible} % {size} < {visible} THEN CASE
            WHEN n * {visible} / {size} % 10 < 4 THEN 0
            WHEN n * {visible} / {size} % 10 < 7 THEN 550
            ELSE 700
        END
        WHEN share BETWEEN 500 AND 599 THEN 0
        ELSE share
    END,
    -- The reader's are the tens. The second group is 77 after the first.
    group_number = CASE
        WHEN n * {visible} % {size} < {visible} THEN n * {visible} / {size} % 19 * 10 + 10
        ELSE group_number / 10 * 10 % 200 + 1
    END,
    mark = CASE
        WHEN n * {visible} % {size} < {visible} AND n * {visible} / {size} = 100 THEN '{rare}'
        WHEN n % 1000 = 7 THEN '{korean}'
        ELSE mark
    END;
