//! Reading the organization's settings.

use parlor_application::{
    caller::Caller, organization::ReadSettings, ports::StoreError, testing::*,
};
use parlor_domain::settings::Settings;

use crate::support::*;

async fn read(store: &TestStore, caller: &Caller) -> Result<Settings, StoreError> {
    ReadSettings::new(store.port()).execute(caller).await
}

#[tokio::test]
async fn everybody_reads_those_of_its_own_organization() {
    for (caller, settings) in [
        (alice(), PRIVATE_DISABLED),
        (erin(), PRIVATE_DISABLED),
        (mallory(), PRIVATE_ENABLED),
    ] {
        let store = TestStore::empty().under(PRIVATE_DISABLED);
        assert_eq!(read(&store, &caller).await.unwrap(), settings);
    }
}

#[tokio::test]
async fn a_failure_is_passed_on() {
    assert_every_failure_is_passed_on(TestStore::empty, async |store| read(store, &alice()).await)
        .await;
}
