//! What a page of the list costs where there are very many conversations: counted in index entries, rows and pages, not in
//! time.

/// The same among a million, which takes minutes: `cargo xtask test --long`.
mod long {
    use super::heavy::check_pages;
    use crate::large::Size;

    #[tokio::test]
    async fn a_page_costs_the_same_wherever_it_is_among_a_million_conversations() {
        check_pages(Size::MILLION).await;
    }
}

/// Among the tests that load a machine.
#[expect(
    clippy::print_stdout,
    reason = "who changes a statement wants to see what it costs"
)]
mod heavy {
    use std::time::Instant;

    use serde_json::Value;
    use sqlx::{
        AssertSqlSafe, ConnectOptions as _, PgConnection, Row as _, postgres::PgRow, raw_sql,
    };

    use crate::{
        database::{Database, execute},
        large::{Size, fill, numbered},
    };

    const LIST: &str = include_str!("../../queries/conversation_reader/list.sql");
    const LIST_WITHOUT_GRANTS: &str =
        include_str!("../../queries/conversation_reader/list_without_grants.sql");

    const ORGANIZATION: &str = "00000000-0000-4000-8000-0000000000ac";
    /// A member of 20 of the 200 groups.
    const CALLER: u64 = 11;
    /// The length of a page, with one more that tells whether there is a next one.
    const PAGE: u32 = 51;

    /// Who asks for what.
    #[derive(Clone, Copy, Debug)]
    struct Question {
        user: u64,
        sees_everything: bool,
        filter: Filter,
    }

    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    enum Filter {
        All,
        Mine,
        Shared,
        /// The same where nothing is shared with the organization.
        SharedWithGroups,
        Private,
    }

    const fn question(user: u64, sees_everything: bool, filter: Filter) -> Question {
        Question {
            user,
            sees_everything,
            filter,
        }
    }

    const fn questions(size: Size) -> [Question; 9] {
        [
            question(CALLER, false, Filter::All),
            question(CALLER, false, Filter::Mine),
            question(CALLER, false, Filter::Shared),
            question(CALLER, true, Filter::All),
            question(CALLER, true, Filter::Private),
            question(CALLER, true, Filter::Shared),
            question(size.loner(), false, Filter::All),
            question(size.loner(), false, Filter::Mine),
            question(size.loner(), false, Filter::Shared),
        ]
    }

    impl Question {
        /// The statement that the store asks, and its ways in, as the store switches them.
        fn statement(self) -> (&'static str, &'static [bool]) {
            match (self.filter, self.sees_everything) {
                (Filter::All, false) => (LIST, &[true, true]),
                (Filter::Shared | Filter::SharedWithGroups, _) => (LIST, &[false, false]),
                (Filter::Mine, _) => (LIST_WITHOUT_GRANTS, &[true, false, false]),
                (Filter::All, true) => (LIST_WITHOUT_GRANTS, &[false, true, false]),
                (Filter::Private, _) => (LIST_WITHOUT_GRANTS, &[false, false, true]),
            }
        }

        /// Whether the conversation with this number is to be listed, by the rule alone.
        fn lists(self, size: Size, n: u64) -> bool {
            let is_mine = numbered::owner(size, n) == self.user;
            let is_shared_with_group = numbered::groups(n)
                .into_iter()
                .flatten()
                .any(|group| numbered::is_member(size, self.user, group));
            let is_granted = is_shared_with_group || numbered::is_shared_with_organization(n);
            match self.filter {
                Filter::All => self.sees_everything || is_mine || is_granted,
                Filter::Mine => is_mine,
                Filter::Shared => !is_mine && is_granted,
                Filter::SharedWithGroups => !is_mine && is_shared_with_group,
                Filter::Private => !is_mine && numbered::is_private(n),
            }
        }

        /// How many pages come before the late one: of the caller's own conversations there are only ten.
        const fn pages_before(self, size: Size) -> u64 {
            match self.filter {
                Filter::Mine => 8,
                _ => size.conversations / 1_000 - 1,
            }
        }
    }

    /// Where a page begins: after the conversation with this number; at the beginning without one.
    type Cursor = Option<u64>;

    /// What a page cost. PostgreSQL tells averages over the loops of a step.
    #[derive(Clone, Copy, Debug, Default)]
    struct Cost {
        /// Entries that were read of the indexes that are ways into the list.
        entries: f64,
        /// Rows that were looked up by their key.
        rows: f64,
        /// How often a scan began.
        scans: f64,
        /// Pages that were looked at.
        pages: f64,
    }

    impl Cost {
        fn of(explained: &Value) -> Self {
            let plan = explained.pointer("/0/Plan").unwrap();
            let mut cost = Self {
                pages: number(plan, "Shared Hit Blocks") + number(plan, "Shared Read Blocks"),
                ..Self::default()
            };
            cost.add(plan);
            cost
        }

        fn add(&mut self, step: &Value) {
            assert_ne!(step["Node Type"], "Seq Scan", "{step}");
            if let Some(index) = step["Index Name"].as_str() {
                let loops = number(step, "Actual Loops");
                let removed = number(step, "Rows Removed by Filter");
                // Rounded averages hide at most half a row of each loop.
                let hidden = if loops > 1.0 { loops / 2.0 } else { 0.0 };
                let rows = (number(step, "Actual Rows") + removed) * loops + hidden;
                self.scans += loops;
                if index.ends_with("_pkey") {
                    self.rows += rows;
                } else {
                    self.entries += rows;
                }
            }
            for step in step["Plans"].as_array().into_iter().flatten() {
                self.add(step);
            }
        }
    }

    fn number(step: &Value, name: &str) -> f64 {
        step[name].as_f64().unwrap_or_default()
    }

    struct Large {
        size: Size,
        database: Database,
        service: PgConnection,
    }

    impl Large {
        async fn new(size: Size) -> Self {
            let database = Database::migrated().await;
            let begin = Instant::now();
            fill(&database, size).await;
            println!("filled within {:?}", begin.elapsed());
            let mut service = database.options().for_requests().connect().await.unwrap();
            let of_organization = format!("SET parlor.organization_id = '{ORGANIZATION}'");
            execute(&mut service, &of_organization).await;
            for (name, ways, statement) in [
                ("list", "bool, bool", LIST),
                (
                    "list_without_grants",
                    "bool, bool, bool",
                    LIST_WITHOUT_GRANTS,
                ),
            ] {
                let prepare = format!(
                    "PREPARE {name} (uuid, uuid, uuid[], bool, bool, {ways}, timestamptz, uuid, bigint) AS {statement}"
                );
                execute(&mut service, &prepare).await;
            }
            Self {
                size,
                database,
                service,
            }
        }

        /// The statement that the store asks, or what explains it.
        async fn ask(&mut self, explain: &str, question: Question, after: Cursor) -> Vec<PgRow> {
            let (statement, ways) = question.statement();
            let name = if statement == LIST {
                "list"
            } else {
                "list_without_grants"
            };
            let ways: Vec<String> = ways.iter().map(bool::to_string).collect();
            let groups: Vec<String> = (1..=200)
                .filter(|group| numbered::is_member(self.size, question.user, *group))
                .map(|group| format!("00000000-0000-4000-8002-{group:012x}"))
                .collect();
            let (activity, id) = after.map_or_else(
                || ("'200000-01-01Z'".to_owned(), "f".repeat(32)),
                |n| {
                    let seconds = numbered::activity(n);
                    (
                        format!("'2026-01-01Z'::timestamptz + {seconds} * interval '1 second'"),
                        conversation(n),
                    )
                },
            );
            let statement = format!(
                "{explain} EXECUTE {name} (
                     '{ORGANIZATION}', '00000000-0000-4000-8001-{:012x}', '{{{}}}', {}, true, {}, {activity}, '{id}', {PAGE}
                 )",
                question.user,
                groups.join(","),
                question.sees_everything,
                ways.join(", "),
            );
            raw_sql(AssertSqlSafe(statement))
                .fetch_all(&mut self.service)
                .await
                .unwrap()
        }

        /// Whether a page holds what it should, and costs no more than it may.
        async fn check(&mut self, question: Question, page: &Page, statistics: &str) -> Cost {
            let what = format!("{question:?}, {} page, {statistics}", page.name);
            let rows = self.ask("", question, page.after).await;
            let found: Vec<String> = rows.iter().map(|row| row.get_unchecked(0)).collect();
            assert_eq!(found, page.expected, "{what}");

            let explain = "EXPLAIN (ANALYZE, BUFFERS, TIMING off, FORMAT JSON)";
            let explained = self.ask(explain, question, page.after).await;
            let explained: String = explained.first().unwrap().get_unchecked(0);
            let cost = Cost::of(&serde_json::from_str(&explained).unwrap());
            println!("{what}: {cost:?}");
            let groups = if question.user == CALLER { 20.0 } else { 0.0 };
            let length = f64::from(PAGE);
            assert!(cost.entries <= (groups + 2.0) * length, "{what}: {cost:?}");
            // The page's conversations, their owners, what they are copies of, and grants to the caller's groups.
            assert!(cost.rows <= 5.0 * length, "{what}: {cost:?}");
            // Each scan goes down an index of at most four levels, and each entry may have its row on a page of its own.
            let pages = 5.0 * cost.scans + 2.0 * (cost.entries + cost.rows);
            assert!(cost.pages <= pages, "{what}: {cost:?}");
            cost
        }
    }

    fn conversation(n: u64) -> String {
        format!("01900000-0000-7000-8003-{n:012x}")
    }

    /// A page, and what is to be on it.
    struct Page {
        name: &'static str,
        after: Cursor,
        expected: Vec<String>,
    }

    impl Page {
        /// The first one, and the last but a few (or the ninth).
        fn first_and_late(size: Size, in_order: &[u64], question: Question) -> (Self, Self) {
            let lists = |n: &u64| question.lists(size, *n);
            let visible = || in_order.iter().copied().filter(lists);
            let page = |name, before: usize| {
                let expected: Vec<String> = visible()
                    .skip(before)
                    .take(PAGE as usize)
                    .map(conversation)
                    .collect();
                assert_eq!(
                    expected.len(),
                    51,
                    "{question:?}: a {name} page that is full"
                );
                Self {
                    name,
                    after: before.checked_sub(1).and_then(|last| visible().nth(last)),
                    expected,
                }
            };
            let before = usize::try_from(question.pages_before(size) * 50).unwrap();
            (page("first", 0), page("late", before))
        }
    }

    #[tokio::test]
    async fn a_page_costs_the_same_wherever_it_is_among_a_hundred_thousand_conversations() {
        check_pages(Size::SMALL).await;
    }

    pub async fn check_pages(size: Size) {
        let mut in_order: Vec<u64> = (1..=size.conversations).collect();
        in_order.sort_unstable_by_key(|n| std::cmp::Reverse((numbered::activity(*n), *n)));
        let questions = questions(size);
        let pages: Vec<(Page, Page)> = questions
            .iter()
            .map(|question| Page::first_and_late(size, &in_order, *question))
            .collect();
        let mut large = Large::new(size).await;
        for statistics in ["without statistics", "with statistics"] {
            if statistics == "with statistics" {
                large.database.execute("VACUUM ANALYZE").await;
            }
            for (question, (first, late)) in questions.iter().zip(&pages) {
                let first = large.check(*question, first, statistics).await;
                let late = large.check(*question, late, statistics).await;
                // By which of the ways its conversations come differs from page to page.
                assert!(
                    late.pages <= 1.5 * first.pages && late.entries <= 1.5 * first.entries,
                    "{question:?}, {statistics}: {first:?}, {late:?}"
                );
            }
        }

        // The most that there can be to read: nothing that the organization shares tells the groups' scans where a page ends.
        large
            .database
            .execute(
                "UPDATE conversations SET organization_level = NULL WHERE organization_level IS NOT NULL",
            )
            .await;
        large.database.execute("VACUUM ANALYZE conversations").await;
        let by_groups = question(CALLER, false, Filter::SharedWithGroups);
        let (first, late) = Page::first_and_late(size, &in_order, by_groups);
        for page in [first, late] {
            let cost = large.check(by_groups, &page, "by groups alone").await;
            assert!(cost.entries >= 20.0 * f64::from(PAGE), "{cost:?}");
        }
    }
}
