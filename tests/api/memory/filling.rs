//! Large conversations, written into the store behind the service's back.

use std::path::Path;

use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, sqlite::SqliteConnectOptions};

use crate::harness::{Service, ServiceBuilder};

/// What follows what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Each message follows the one before.
    Chain,
    /// All messages follow one.
    Star,
    /// Two messages follow each.
    Binary,
}

impl Shape {
    /// The number of a message's parent and its depth, in SQL, both of the number `i` of the message. The first one has 3.
    fn columns(self) -> (String, String) {
        match self {
            Self::Chain => ("i - 1".to_owned(), "i - 3".to_owned()),
            Self::Star => ("3".to_owned(), "CAST((i > 3) AS integer)".to_owned()),
            Self::Binary => {
                let levels: Vec<_> = (1..16)
                    .map(|level| format!("CAST((i - 2 >= {}) AS integer)", 1 << level))
                    .collect();
                ("3 + (i - 4) / 2".to_owned(), levels.join(" + "))
            }
        }
    }
}

/// Messages to write: prompts, or answers where there is reasoning.
#[derive(Debug, Clone, Copy)]
pub struct Filling {
    pub shape: Shape,
    pub messages: u32,
    /// How many characters each message says.
    pub characters: usize,
    /// How many characters of reasoning each message has.
    pub reasoning: usize,
    /// What the text of a message repeats.
    pub repeated: &'static str,
}

impl Filling {
    pub const fn new(shape: Shape, messages: u32, characters: usize) -> Self {
        Self {
            shape,
            messages,
            characters,
            reasoning: 0,
            repeated: "x",
        }
    }

    /// With as much reasoning.
    pub const fn reasoning(self, reasoning: usize) -> Self {
        Self { reasoning, ..self }
    }

    /// With messages that repeat this.
    pub const fn repeating(self, repeated: &'static str) -> Self {
        Self { repeated, ..self }
    }

    /// How many messages the conversation has: a prompt and its answer are there, too.
    pub const fn all_messages(self) -> usize {
        self.messages as usize + 2
    }
}

/// A service with a conversation of alice for each of these, by their ids.
pub async fn filled(builder: ServiceBuilder, fillings: &[Filling]) -> (Service, Vec<String>) {
    let mut service = builder.start().await;
    let alice = service.acting_as("alice");
    let mut conversations = Vec::new();
    for _ in fillings {
        let conversation = alice.create("Beacons").await;
        alice.prompt(&conversation, "go on").await;
        conversations.push(conversation);
    }
    service.ask_to_stop();
    service.ended_well().await;
    for (filling, conversation) in fillings.iter().zip(&conversations) {
        if service.has_database() {
            service.database().sql(&postgres(filling, conversation));
        } else {
            fill(&service.data_dir().join("parlor.db"), filling, conversation).await;
        }
    }
    service.start().await;
    (service, conversations)
}

async fn fill(database: &Path, filling: &Filling, conversation: &str) {
    let mut connection = SqliteConnectOptions::new()
        .filename(database)
        .foreign_keys(false)
        .connect()
        .await
        .unwrap();
    let numbers = format!(
        "WITH RECURSIVE numbers (i) AS (SELECT 3 UNION ALL SELECT i + 1 FROM numbers WHERE i < {})",
        filling.messages + 2
    );
    let id = |number: &str| format!("unhex(printf('%032x', {number}))");
    let text = |characters| {
        let repeated = filling.repeated;
        format!(
            "substr(replace(printf('%.*c', {characters}, 'x'), 'x', '{repeated}'), 1, {characters})"
        )
    };
    let owner = format!("unhex(replace('{conversation}', '-', ''))");
    let statement = insert(filling, &numbers, "numbers", &owner, id, text);
    sqlx::raw_sql(AssertSqlSafe(statement))
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
}

fn postgres(filling: &Filling, conversation: &str) -> String {
    let numbers = format!(
        "generate_series(3, {}) AS numbers (i)",
        filling.messages + 2
    );
    let id = |number: &str| format!("lpad(to_hex({number}), 32, '0')::uuid");
    let text = |characters| {
        let repeated = filling.repeated;
        format!("left(repeat('{repeated}', {characters}), {characters})")
    };
    insert(
        filling,
        "",
        &numbers,
        &format!("'{conversation}'"),
        id,
        text,
    )
}

fn insert(
    filling: &Filling,
    with: &str,
    numbers: &str,
    conversation: &str,
    id: impl Fn(&str) -> String,
    text: impl Fn(usize) -> String,
) -> String {
    let (parent, depth) = filling.shape.columns();
    let [role, author, model, reasoning] = if filling.reasoning == 0 {
        ["user", "m.author_id", "NULL", "NULL"].map(str::to_owned)
    } else {
        ["assistant", "NULL", "'echo'", &text(filling.reasoning)].map(str::to_owned)
    };
    format!(
        "INSERT INTO messages (organization_id, conversation_id, id, parent_id, position, depth, role, author_id, model,
             status, content, reasoning, created_at)
         {with}
         SELECT m.organization_id, m.conversation_id, {}, CASE WHEN i > 3 THEN {} END, i, {depth}, '{role}', {author},
             {model}, 'complete', {}, {reasoning}, m.created_at
         FROM {numbers}
         CROSS JOIN (SELECT * FROM messages WHERE conversation_id = {conversation} AND position = 1) AS m",
        id("i"),
        id(&parent),
        text(filling.characters),
    )
}
