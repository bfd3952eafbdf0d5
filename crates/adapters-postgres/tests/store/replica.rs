//! Reading from a replica: a real one, which stands still when it is told to.

/// Among those that start servers of their own.
mod heavy {
    use std::{process::Stdio, sync::Arc};

    use parlor_adapters_postgres::{PostgresOptions, PostgresStore};
    use parlor_application::ports::{
        AuditLog, AuditQuery, ConversationFilter, ConversationQuery, ConversationReader,
        Directory as _, Identity, MessageReader as _, PathPart, StoreAdmin as _, StorePosition,
        StorePositions as _,
    };
    use parlor_domain::principal::Principal;
    use parlor_store_conformance::kit::prelude::*;
    use sqlx::query_scalar;
    use tempfile::TempDir;
    use tokio::time::Instant;

    use crate::{
        database::{execute, ports},
        server::{Owner, SOON, Server, until},
    };

    /// A primary with its replica, and a store that knows both.
    struct Pair {
        filled: Filled,
        store: PostgresStore,
        replica: Server,
        primary: Server,
        _folder: TempDir,
    }

    impl Pair {
        async fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let owner = Owner::new(folder.path());
            owner.give(folder.path());
            let mut primary = Server::new(owner, folder.path(), "primary");
            let initdb = primary
                .program("initdb")
                .args(["--no-sync", "--auth=trust", "--username=postgres"])
                .args(["--encoding=UTF8", "--locale=C.UTF-8", "--pgdata"])
                .arg(&primary.data)
                .stdout(Stdio::null())
                .status();
            assert!(initdb.unwrap().success());
            primary.start().await;
            let mut replica = Server::new(owner, folder.path(), "replica");
            let copied = replica
                .program("pg_basebackup")
                .args(["--write-recovery-conf", "--checkpoint=fast", "--no-sync"])
                .args(["--dbname", &primary.url(), "--pgdata"])
                .arg(&replica.data)
                .status();
            assert!(copied.unwrap().success());
            replica.start().await;

            let store = Self::store(&primary, &replica);
            store.migrate().await.unwrap();
            let stores = ports(store.clone(), primary.url(), Arc::new(()));
            Self {
                filled: Filled::with_two_organizations(stores).await,
                store,
                replica,
                primary,
                _folder: folder,
            }
        }

        /// A store without any connection yet.
        fn store(primary: &Server, replica: &Server) -> PostgresStore {
            let options = PostgresOptions::new(&primary.url()).unwrap();
            PostgresStore::open(options.with_replica(&replica.url()).unwrap())
        }

        async fn now(&self) -> StorePosition {
            self.store.now().await.unwrap().unwrap()
        }

        /// Waits until the replica has come so far.
        async fn caught_up(&self, position: StorePosition) {
            let statement = "SELECT coalesce(pg_last_wal_replay_lsn() - '0/0', 0)::bigint";
            until("the replica", async || {
                let replayed: i64 = query_scalar(statement)
                    .fetch_one(&mut self.replica.connect().await)
                    .await
                    .unwrap();
                replayed.cast_unsigned() >= position.as_number()
            })
            .await;
        }

        /// Lets the replica stand still where it is.
        async fn pause(&self) {
            execute(
                &mut self.replica.connect().await,
                "SELECT pg_wal_replay_pause()",
            )
            .await;
            until("the replica's pause", async || {
                let state: String = query_scalar("SELECT pg_get_wal_replay_pause_state()")
                    .fetch_one(&mut self.replica.connect().await)
                    .await
                    .unwrap();
                state == "paused"
            })
            .await;
        }

        async fn resume(&self) {
            execute(
                &mut self.replica.connect().await,
                "SELECT pg_wal_replay_resume()",
            )
            .await;
        }

        /// Adds a conversation with a message, and answers where the store is then.
        async fn create(&self, number: u32) -> StorePosition {
            let message = prompt(conversation_id(number), 1, None, ALICE, "Anything new?");
            self.filled
                .create_with(&private(number, ALICE), &[message])
                .await;
            self.now().await
        }

        async fn member(&self) -> (Principal, StorePosition) {
            let identity = Identity {
                organization_id: ACME,
                user_id: ALICE,
            };
            let member = self.store.find_member(identity).await.unwrap().unwrap();
            (member.principal, member.read_at)
        }

        /// Which conversations the list has, as of this position or later.
        async fn listed(&self, store: &PostgresStore, at_least: StorePosition) -> Vec<u32> {
            let (principal, _) = self.member().await;
            let query = ConversationQuery {
                filter: ConversationFilter::Mine,
                after: None,
                limit: 100,
                at_least,
            };
            let page = ConversationReader::list(store, &principal, &query)
                .await
                .unwrap();
            let number = |id| {
                (1..100)
                    .find(|number| conversation_id(*number) == id)
                    .unwrap()
            };
            page.into_iter().map(|summary| number(summary.id)).collect()
        }
    }

    #[tokio::test]
    async fn what_is_read_is_never_older_than_was_asked_for() {
        let pair = Pair::new().await;
        let old = pair.create(1).await;
        pair.caught_up(old).await;
        pair.pause().await;
        let new = pair.create(2).await;
        assert!(new > old);

        // The replica stands still: it is what answers wherever an old state will do, and nowhere else.
        assert_eq!(pair.listed(&pair.store, old).await, [1]);
        assert_eq!(
            pair.listed(&pair.store, StorePosition::default()).await,
            [1]
        );
        assert_eq!(pair.listed(&pair.store, new).await, [2, 1]);
        assert_eq!(
            pair.listed(&pair.store, StorePosition::NEWEST).await,
            [2, 1]
        );
        for (at_least, expected) in [(old, 0), (new, 1), (StorePosition::NEWEST, 1)] {
            let read = &pair.store;
            let path = read
                .path(in_acme(2), None, PathPart::page(0, 10), at_least)
                .await
                .unwrap();
            assert_eq!(path.unwrap_or_default().messages.len(), expected);
            let tree = read.tree(in_acme(2), 0, 10, at_least).await.unwrap();
            assert_eq!(tree.len(), expected);
            assert_eq!(
                read.outline(in_acme(2), at_least).await.unwrap().len(),
                expected
            );
            let about = AuditQuery {
                conversation_id: Some(conversation_id(2)),
                limit: 10,
                at_least,
                ..AuditQuery::default()
            };
            let entries = AuditLog::list(read, ACME, &about).await.unwrap();
            assert_eq!(entries.len(), expected);
        }

        // What decides whether somebody may see or do something never comes from there.
        let (principal, read_at) = pair.member().await;
        assert!(read_at >= new);
        let found = ConversationReader::find(&pair.store, &principal, conversation_id(2)).await;
        assert!(found.unwrap().is_some());
        let sharing = pair.store.sharing(ACME, conversation_id(2)).await.unwrap();
        assert!(sharing.is_some());

        // When it goes on, it is asked again for what it has then.
        pair.resume().await;
        pair.caught_up(new).await;
        pair.pause().await;
        let newest = pair.create(3).await;
        assert_eq!(pair.listed(&pair.store, new).await, [2, 1]);
        assert_eq!(pair.listed(&pair.store, newest).await, [3, 2, 1]);
    }

    #[tokio::test]
    async fn a_replica_that_is_a_little_behind_is_waited_for() {
        let pair = Pair::new().await;
        pair.caught_up(pair.now().await).await;
        // The replica is asked as soon as it could have heard of it.
        for number in 1..=20 {
            let position = pair.create(number).await;
            let expected: Vec<u32> = (1..=number).rev().collect();
            assert_eq!(pair.listed(&pair.store, position).await, expected);
        }
        let asked = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'parlor'";
        let connections: i64 = query_scalar(asked)
            .fetch_one(&mut pair.replica.connect().await)
            .await
            .unwrap();
        assert_eq!(connections, 1, "it was asked, over one connection");
    }

    #[tokio::test]
    async fn reading_goes_on_without_the_replica_and_comes_back_to_it() {
        let mut pair = Pair::new().await;
        let old = pair.create(1).await;
        pair.caught_up(old).await;
        pair.pause().await;
        pair.create(2).await;
        assert_eq!(pair.listed(&pair.store, old).await, [1]);

        pair.replica.stop();
        for _ in 0..3 {
            assert_eq!(pair.listed(&pair.store, old).await, [2, 1]);
        }
        pair.replica.start().await;
        let new = pair.now().await;
        pair.caught_up(new).await;
        pair.pause().await;
        pair.create(3).await;
        until("the replica's return", async || {
            pair.listed(&pair.store, new).await == [2, 1]
        })
        .await;
    }

    #[tokio::test]
    async fn a_replica_that_never_answers_costs_one_reader_some_time_and_not_every_one() {
        let pair = Pair::new().await;
        let old = pair.create(1).await;
        pair.caught_up(old).await;
        // It takes connections, as long as its system has room for them, and says nothing.
        pair.replica.signal("-STOP");
        let store = Pair::store(&pair.primary, &pair.replica);
        let begin = Instant::now();
        assert_eq!(pair.listed(&store, old).await, [1]);
        let first = begin.elapsed();
        let begin = Instant::now();
        for _ in 0..10 {
            assert_eq!(pair.listed(&store, old).await, [1]);
        }
        let ten_more = begin.elapsed();
        pair.replica.signal("-CONT");
        assert!(first < SOON, "{first:?}");
        assert!(ten_more < 5 * first, "{first:?}, then {ten_more:?}");
    }

    #[tokio::test]
    async fn without_a_replica_there_is_nothing_to_choose_by() {
        let database = crate::database::Database::migrated().await;
        assert_eq!(database.open().now().await.unwrap(), None);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_standby_in_the_place_of_the_primary_is_told_as_one() {
        let pair = Pair::new().await;
        let options = PostgresOptions::new(&pair.replica.url()).unwrap();
        let refused = PostgresStore::open(options).migrate().await.unwrap_err();
        let cause = std::error::Error::source(&refused).unwrap().to_string();
        assert!(cause.contains("standby"), "{cause}");
        assert!(cause.contains("name the primary"), "{cause}");
    }
}
