//! The pages' commands, on PostgreSQL: each on servers of its own, since roles belong to the whole server.

use std::path::PathBuf;

use tokio::task::block_in_place;

use super::{
    Run, block, blocks,
    shell::{Shell, ran},
};
use crate::harness::{Cluster, Deployment, Service, brought};

/// What the pages call the schema's owner and its database.
const OWNER: &str = "postgres://parlor_owner:…@db.internal/parlor";

/// A URL of a server of the tests, for this role and database.
fn url(cluster: &Cluster, role: &str, database: &str) -> String {
    let mut url = cluster.url();
    url.set_username(role).unwrap();
    url.set_path(database);
    url.to_string()
}

fn shell() -> Shell {
    Shell::new().with_programs(&PathBuf::from(brought("PARLOR_TEST_POSTGRES_BIN")))
}

/// Runs statements of a page, as the administrator.
fn sql(shell: &Shell, cluster: &Cluster, statements: &str) {
    std::fs::write(shell.file("statements.sql"), statements).unwrap();
    let url = cluster.url();
    shell.run(&format!(
        "psql --no-psqlrc --set=ON_ERROR_STOP=1 --file=statements.sql {url}"
    ));
}

/// Makes roles, database and schema as the page about PostgreSQL says.
fn prepared(shell: &Shell) -> Cluster {
    let cluster = Cluster::start();
    let statements = block::fenced("operations/postgresql.md", "sql");
    let [before, after] = [&statements[0], &statements[1]];
    assert!(before.contains("CREATE DATABASE") && after.contains("parlor_app"));
    sql(shell, &cluster, before);
    for block in blocks("operations/postgresql.md", &[Run]) {
        assert!(block.text.contains(OWNER), "{}", block.text);
        shell.run(
            &block
                .text
                .replace(OWNER, &url(&cluster, "parlor_owner", "parlor")),
        );
    }
    sql(shell, &cluster, after);
    cluster
}

/// A service as the pages run it: by the login that only serves.
async fn serving(cluster: &Cluster) -> Service {
    let app = url(cluster, "parlor_app", "parlor");
    Service::builder()
        .deployed(Deployment::Postgres)
        .on_database(app.parse().unwrap())
        .with("PARLOR_STORE__MIGRATE", "false")
        .start()
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_migration_dump_and_restore_work_as_printed() {
    let shell = shell();
    let cluster = block_in_place(|| prepared(&shell));
    let service = serving(&cluster).await;
    let alice = service.acting_as("alice");
    let id = alice.create("Kept").await;
    alice.prompt(&id, "Is it there after a restore?").await;
    drop(service);

    let all = blocks("operations/backup-and-upgrade.md", &[Run]);
    let [dump, restore, migrate] = all.as_slice() else {
        panic!("another number of blocks");
    };
    let restored = block_in_place(|| {
        assert!(dump.text.contains(OWNER) && migrate.text.contains(OWNER));
        let administrator = |cluster: &Cluster, text: &str| {
            let mut command = shell.command(text);
            let port = cluster.url().port().unwrap().to_string();
            ran(command
                .env("PGHOST", "127.0.0.1")
                .env("PGPORT", port)
                .env("PGUSER", "postgres"))
        };
        administrator(
            &cluster,
            &dump
                .text
                .replace(OWNER, &url(&cluster, "parlor_owner", "parlor")),
        );
        let empty = Cluster::start();
        administrator(&empty, &restore.text);
        // A migration of what is up to date already changes nothing.
        let told = shell.run(
            &migrate
                .text
                .replace(OWNER, &url(&empty, "parlor_owner", "parlor")),
        );
        assert!(
            told.contains("The store's schema is that of this program."),
            "{told}"
        );
        empty
    });
    let service = serving(&restored).await;
    let alice = service.acting_as("alice");
    let path = format!("/conversations/{id}/messages");
    let found = alice.get(&path).await;
    assert_eq!(
        found.json()["items"].as_array().unwrap().len(),
        2,
        "{}",
        found.text
    );
}
