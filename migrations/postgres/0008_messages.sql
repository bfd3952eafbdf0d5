-- Messages: a tree in each conversation.
CREATE TABLE messages (
    organization_id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    id uuid NOT NULL,
    -- What it follows; NULL for a first message.
    parent_id uuid,
    -- Its place in the order in which the conversation's messages came, from 1.
    position integer NOT NULL CHECK (position > 0),
    -- How many messages stand before it on its path.
    depth integer NOT NULL CHECK (depth >= 0),
    role text NOT NULL CHECK (role IN ('user', 'assistant')),
    -- Who wrote a prompt.
    author_id uuid,
    -- Which model was asked for an answer.
    model text,
    status text NOT NULL CHECK (status IN ('complete', 'writing', 'stopped', 'failed')),
    -- Why an answer failed.
    failure text CHECK (failure IN ('unreachable', 'timed_out', 'refused', 'interrupted')),
    content text NOT NULL,
    -- What an answer cost, where the model told.
    prompt_tokens bigint CHECK (prompt_tokens >= 0),
    completion_tokens bigint CHECK (completion_tokens >= 0),
    created_at timestamptz NOT NULL,
    UNIQUE (organization_id, conversation_id, position),
    FOREIGN KEY (organization_id, conversation_id) REFERENCES conversations (organization_id, id) ON DELETE CASCADE,
    FOREIGN KEY (organization_id, author_id) REFERENCES users (organization_id, id),
    CHECK ((role = 'user') = (author_id IS NOT NULL)),
    CHECK ((role = 'assistant') = (model IS NOT NULL)),
    CHECK (role = 'assistant' OR status = 'complete'),
    CHECK ((status = 'failed') = (failure IS NOT NULL)),
    CHECK ((prompt_tokens IS NULL) = (completion_tokens IS NULL)),
    CHECK ((parent_id IS NULL) = (depth = 0))
);

-- A message's siblings in the order in which they came: those that follow a message, and the first ones.
CREATE INDEX messages_of_parent ON messages (organization_id, conversation_id, parent_id, position) INCLUDE (id)
    WHERE parent_id IS NOT NULL;
CREATE INDEX messages_first ON messages (organization_id, conversation_id, position) INCLUDE (id)
    WHERE parent_id IS NULL;

-- The answers that are being written, for finding those whose writer is gone.
CREATE INDEX messages_being_written ON messages (organization_id, conversation_id, id) WHERE status = 'writing';

-- The key comes last: where several indexes look alike, because the table is young, PostgreSQL takes the newest, and whoever looks
-- for a message by its id must not be led through the whole conversation.
ALTER TABLE messages
    ADD PRIMARY KEY (organization_id, conversation_id, id),
    ADD FOREIGN KEY (organization_id, conversation_id, parent_id)
        REFERENCES messages (organization_id, conversation_id, id);

-- A conversation's id decides its organization. Without knowing that, PostgreSQL expects less than one message of a conversation where
-- there are many organizations, and again all indexes look alike.
CREATE STATISTICS messages_by_conversation (dependencies) ON organization_id, conversation_id FROM messages;

ALTER TABLE messages ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_the_organization ON messages TO parlor_service
    USING (organization_id = parlor_current_organization());
CREATE POLICY of_all ON messages TO parlor_upkeep USING (true);
GRANT SELECT, INSERT, UPDATE ON messages TO parlor_service;
GRANT SELECT, UPDATE ON messages TO parlor_upkeep;
