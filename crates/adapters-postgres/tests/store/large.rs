//! A database with very many conversations.

use sqlx::query_as;

use crate::database::Database;

/// How many conversations and users there are.
#[derive(Clone, Copy)]
pub struct Size {
    pub conversations: u64,
    /// A multiple of 10. Each user owns 500 conversations.
    pub users: u64,
}

impl Size {
    /// What every run of the tests fills, within seconds.
    pub const SMALL: Self = Self::of(100_000);
    /// What takes minutes.
    pub const MILLION: Self = Self::of(1_000_000);

    const fn of(conversations: u64) -> Self {
        Self {
            conversations,
            users: conversations / 500,
        }
    }

    /// The last user, who is in no group.
    pub const fn loner(self) -> u64 {
        self.users
    }
}

/// What the numbers of the conversations mean, here and in the statements that fill: half of them are private, a fifth is shared
/// with the organization (half of those with a group too), and the others with two of 200 groups each.
pub mod numbered {
    use super::Size;

    pub const fn owner(size: Size, n: u64) -> u64 {
        n % size.users + 1
    }

    /// Seconds after the beginning. Activity has nothing to do with the order of ids, and some have the same.
    pub const fn activity(n: u64) -> u64 {
        n * 7_919 % 1_000_003 / 3
    }

    pub const fn is_private(n: u64) -> bool {
        n % 10 < 5
    }

    pub const fn is_shared_with_organization(n: u64) -> bool {
        n % 10 == 5 || n % 10 == 6
    }

    pub const fn groups(n: u64) -> [Option<u64>; 2] {
        let first = Some((n * 13 + n / 1_000) % 200 + 1);
        let second = Some((n * 26 + n / 1_000) % 200 + 1);
        match n % 10 {
            6 => [first, None],
            7.. => [first, second],
            _ => [None, None],
        }
    }

    /// Whether a user is in a group; the last user is in none.
    pub const fn is_member(size: Size, user: u64, group: u64) -> bool {
        user < size.loner() && (user + 1) % 10 == group % 10
    }
}

/// People and groups. No statistics but those that the test asks for.
fn fill_directory(size: Size) -> String {
    let (users, members) = (size.users, size.users - 1);
    format!(
        "
    ALTER TABLE conversations SET (autovacuum_enabled = false);
    ALTER TABLE conversation_group_grants SET (autovacuum_enabled = false);
    ALTER TABLE users SET (autovacuum_enabled = false);
    INSERT INTO organizations VALUES ('00000000-0000-4000-8000-0000000000ac', 'Large', true, 'demo');
    INSERT INTO users
    SELECT
        '00000000-0000-4000-8000-0000000000ac', ('00000000-0000-4000-8001-' || lpad(to_hex(n), 12, '0'))::uuid,
        'User ' || n, n || '@example.org', true
    FROM generate_series(1, {users}) AS n;
    INSERT INTO directory_groups
    SELECT
        '00000000-0000-4000-8000-0000000000ac', ('00000000-0000-4000-8002-' || lpad(to_hex(n), 12, '0'))::uuid, 'Group ' || n
    FROM generate_series(1, 200) AS n;
    INSERT INTO group_members
    SELECT
        '00000000-0000-4000-8000-0000000000ac',
        ('00000000-0000-4000-8001-' || lpad(to_hex(u), 12, '0'))::uuid,
        ('00000000-0000-4000-8002-' || lpad(to_hex((u + 10 * k) % 200 + 1), 12, '0'))::uuid
    FROM generate_series(1, {members}) AS u, generate_series(0, 19) AS k;"
    )
}

/// Conversations with these numbers. Foreign keys are not looked at.
fn fill_conversations(size: Size, from: u64, to: u64) -> String {
    let users = size.users;
    format!(
        "SET session_replication_role = replica;
         SET synchronous_commit = off;
         INSERT INTO conversations (
             organization_id, id, owner_id, title, privacy, organization_level, created_at, last_activity_at, version,
             forked_from
         )
         SELECT
             '00000000-0000-4000-8000-0000000000ac',
             ('01900000-0000-7000-8003-' || lpad(to_hex(n), 12, '0'))::uuid,
             ('00000000-0000-4000-8001-' || lpad(to_hex(n % {users} + 1), 12, '0'))::uuid,
             'Conversation ' || n,
             CASE WHEN n % 10 < 5 THEN 'private' ELSE 'shared' END,
             CASE n % 10 WHEN 5 THEN 'view' WHEN 6 THEN 'collaborate' END,
             '2026-01-01Z',
             '2026-01-01Z'::timestamptz + n * 7919 % 1000003 / 3 * interval '1 second',
             1,
             CASE WHEN n % 50 = 0 THEN ('01900000-0000-7000-8003-' || lpad(to_hex(n - 1), 12, '0'))::uuid END
         FROM generate_series({from}::bigint, {to}) AS n"
    )
}

fn fill_grants(size: Size) -> String {
    let Size {
        conversations,
        users,
    } = size;
    format!(
        "SET session_replication_role = replica;
         SET synchronous_commit = off;
         INSERT INTO conversation_group_grants (
             organization_id, conversation_id, group_id, level, last_activity_at, owner_id
         )
         SELECT
             '00000000-0000-4000-8000-0000000000ac',
             ('01900000-0000-7000-8003-' || lpad(to_hex(n), 12, '0'))::uuid,
             ('00000000-0000-4000-8002-' || lpad(to_hex((n * k * 13 + n / 1000) % 200 + 1), 12, '0'))::uuid,
             CASE k WHEN 1 THEN 'view' ELSE 'collaborate' END,
             '2026-01-01Z'::timestamptz + n * 7919 % 1000003 / 3 * interval '1 second',
             ('00000000-0000-4000-8001-' || lpad(to_hex(n % {users} + 1), 12, '0'))::uuid
         FROM generate_series(1::bigint, {conversations}) AS n, generate_series(1, 2) AS k
         WHERE n % 10 >= 7 OR (n % 10 = 6 AND k = 1)
         ON CONFLICT DO NOTHING"
    )
}

/// The statements that make the indexes of both tables; they are built when the rows are there, which takes a fraction of the time.
async fn drop_indexes(database: &Database) -> Vec<String> {
    let indexes: Vec<(String, String)> = query_as(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid)
         FROM pg_index
         WHERE indrelid IN ('conversations'::regclass, 'conversation_group_grants'::regclass) AND NOT indisprimary
         ORDER BY indexrelid",
    )
    .fetch_all(&mut database.connect().await)
    .await
    .unwrap();
    for (index, _) in &indexes {
        database.execute(&format!("DROP INDEX {index}")).await;
    }
    indexes
        .into_iter()
        .map(|(_, definition)| definition)
        .collect()
}

pub async fn fill(database: &Database, size: Size) {
    database.execute(&fill_directory(size)).await;
    let indexes = drop_indexes(database).await;
    let half = size.conversations / 2;
    let (first_half, second_half) = (
        fill_conversations(size, 1, half),
        fill_conversations(size, half + 1, size.conversations),
    );
    let grants = fill_grants(size);
    tokio::join!(
        database.execute(&first_half),
        database.execute(&second_half),
        database.execute(&grants)
    );
    for index in indexes {
        let statements = format!("SET maintenance_work_mem = '256MB'; {index}");
        database.execute(&statements).await;
    }
}
