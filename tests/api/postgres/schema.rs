//! Who brings the schema up to date, and what one says whose program it does not fit.

use reqwest::Method;

use super::builder;
use crate::harness::{Service, eventually};

/// What each instance says about being ready, once it listens.
async fn readiness(service: &Service) -> Vec<(u16, String)> {
    let mut said = Vec::new();
    for instance in service.instances() {
        let somebody = instance.acting_as("alice");
        let answer = eventually("it listens", || async {
            let asked = somebody.request(Method::GET, "/health/ready").send().await;
            let answer = asked.ok()?;
            Some((answer.status().as_u16(), answer.text().await.ok()?))
        })
        .await;
        said.push(answer);
    }
    said
}

/// A newer program has migrated the database.
fn migrated_further(service: &Service, step: &str) {
    service.database().sql(&format!(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         SELECT max(version) + 1, '{step}', true, '', 0 FROM _sqlx_migrations"
    ));
}

#[tokio::test]
async fn two_instances_that_start_at_once_on_an_empty_database_make_one_directory() {
    for _ in 0..3 {
        let service = builder().on_an_empty_store().start().await;
        let counts = "SELECT (SELECT count(*) FROM organizations), (SELECT count(*) FROM users)";
        assert_eq!(service.database().sql(counts).trim(), "2|8");
        let admin = service.acting_as("admin");
        let made = admin.audit("action=CREATE_USER").await;
        assert_eq!(made.len(), 7, "those of its organization, once each");
        for name in ["alice", "mallory"] {
            for instance in service.instances() {
                instance.acting_as(name).create("Beacons").await;
            }
        }
    }
}

#[tokio::test]
async fn a_schema_that_is_behind_is_told_and_mended_by_migrating() {
    let mut service = builder()
        .on_an_empty_store()
        .with("PARLOR_STORE__MIGRATE", "false")
        .stopped();
    service.launch();
    for (status, said) in readiness(&service).await {
        assert_eq!(status, 503, "{said}");
        assert!(
            said.contains("behind") && said.contains("parlor migrate"),
            "{said}"
        );
    }
    // As it is answered at any other time, whatever is asked for.
    let alice = service.acting_as("alice");
    for path in ["/health/ready", "/api/v1/conversations"] {
        let asked = alice
            .request(Method::GET, path)
            .header("Accept-Language", "ko");
        let answer = asked.send().await.unwrap();
        assert_eq!(answer.status(), 503);
        for header in ["retry-after", "x-request-id"] {
            assert!(answer.headers().contains_key(header), "{header}");
        }
        assert_eq!(answer.headers()["content-language"], "ko");
        let problem: serde_json::Value = answer.json().await.unwrap();
        assert_eq!(problem["title"], "서비스가 준비되지 않았습니다");
    }
    let migrated = service.run(&["migrate"]);
    assert!(migrated.status.success(), "{migrated:?}");
    let again = service.run(&["migrate"]);
    assert!(again.status.success(), "nothing is left to do: {again:?}");
    service.until_ready().await;
    service.acting_as("alice").create("Beacons").await;
}

#[tokio::test]
async fn a_schema_that_is_ahead_is_told_and_left_alone() {
    let mut service = builder().with("PARLOR_STORE__MIGRATE", "false").stopped();
    migrated_further(&service, "contract labels");
    service.launch();
    for (status, said) in readiness(&service).await {
        assert_eq!(status, 503, "{said}");
        assert!(
            said.contains("ahead") && !said.contains("parlor migrate"),
            "{said}"
        );
    }
    let migrated = service.run(&["migrate"]);
    assert_eq!(migrated.status.code(), Some(1), "{migrated:?}");
    let complaint = String::from_utf8(migrated.stderr).unwrap();
    assert!(complaint.contains("ahead"), "{complaint}");
    let migrating = [("PARLOR_STORE__MIGRATE", "true")];
    service.kill();
    let refused = service.run_with(&[], &migrating);
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
}

#[tokio::test]
async fn a_newer_program_may_expand_the_schema_while_this_one_serves() {
    let mut service = builder().start().await;
    let alice = service.acting_as("alice");
    let id = alice.create("Beacons").await;
    migrated_further(&service, "expand labels");
    for (status, said) in readiness(&service).await {
        assert_eq!(status, 200, "{said}");
    }
    alice.prompt(&id, "during the upgrade").await;
    // Even one that starts now, such as after a crash in the middle of the upgrade.
    service.instance_mut(0).kill();
    service.instance_mut(0).start().await;
    assert_eq!(alice.path(&id).await.len(), 2);

    migrated_further(&service, "contract labels");
    eventually("both have noticed", || async {
        let said = readiness(&service).await;
        let is_ahead = |(status, said): &(u16, String)| *status == 503 && said.contains("ahead");
        said.iter().all(is_ahead).then_some(())
    })
    .await;
}
