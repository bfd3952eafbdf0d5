-- Messages: a tree in each conversation. With a rowid, because texts are long; what the tree is walked
-- by stands before them in the row.
CREATE TABLE messages (
    organization_id BLOB NOT NULL,
    conversation_id BLOB NOT NULL,
    id BLOB NOT NULL CHECK (length(id) = 16),
    -- What it follows; NULL for a first message.
    parent_id BLOB,
    -- Its place in the order in which the conversation's messages came, from 1.
    position INTEGER NOT NULL CHECK (position > 0),
    -- How many messages stand before it on its path.
    depth INTEGER NOT NULL CHECK (depth >= 0),
    role TEXT NOT NULL CHECK (role IN ('user', 'assistant')),
    -- Who wrote a prompt.
    author_id BLOB,
    -- Which model was asked for an answer.
    model TEXT,
    status TEXT NOT NULL CHECK (status IN ('complete', 'writing', 'stopped', 'failed')),
    -- Why an answer failed.
    failure TEXT CHECK (failure IN ('unreachable', 'timed_out', 'refused', 'interrupted')),
    content TEXT NOT NULL,
    -- What an answer cost, where the model told.
    prompt_tokens INTEGER CHECK (prompt_tokens >= 0),
    completion_tokens INTEGER CHECK (completion_tokens >= 0),
    created_at INTEGER NOT NULL,
    PRIMARY KEY (organization_id, conversation_id, id),
    UNIQUE (organization_id, conversation_id, position),
    FOREIGN KEY (organization_id, conversation_id) REFERENCES conversations (organization_id, id) ON DELETE CASCADE,
    FOREIGN KEY (organization_id, conversation_id, parent_id)
        REFERENCES messages (organization_id, conversation_id, id),
    FOREIGN KEY (organization_id, author_id) REFERENCES users (organization_id, id),
    CHECK ((role = 'user') = (author_id IS NOT NULL)),
    CHECK ((role = 'assistant') = (model IS NOT NULL)),
    CHECK (role = 'assistant' OR status = 'complete'),
    CHECK ((status = 'failed') = (failure IS NOT NULL)),
    CHECK ((prompt_tokens IS NULL) = (completion_tokens IS NULL)),
    CHECK ((parent_id IS NULL) = (depth = 0))
) STRICT;

-- A message's siblings in the order in which they came.
CREATE INDEX messages_of_parent ON messages (organization_id, conversation_id, parent_id, position, id);

-- The answers that are being written, for the restart that interrupts them.
CREATE INDEX messages_being_written ON messages (status) WHERE status = 'writing';
