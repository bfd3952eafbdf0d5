//! What some people of the demo have asked, so that there is something to look at.

use serde_json::{Value, json};

use super::{browser::Browser, pages::Pages, profile::Profile};
use crate::harness::As;

/// A prompt that has a bit of everything.
pub const PROMPT: &str = r"Which of these keep a *steady* beat? I expect $t = 60 \pm 2$ seconds.

| host | every | bytes |
| --- | ---: | ---: |
| web-1 | 60 s | 412 |
| db-2 | 300 s | 96 |

```rust
/// Keeps the hosts that call home on the minute.
fn beacons(hosts: &[Host]) -> Vec<&Host> {
    hosts.iter().filter(|host| host.seconds % 60 == 0).collect()
}
```";

/// The service with some conversations in it.
pub struct Scene {
    pub pages: Pages,
    /// Alice's, private, with two branches. Vera has looked at it by privilege.
    pub private: String,
    /// The first prompt in it.
    pub prompt: String,
    /// Bob's, which everybody can read.
    pub read_only: String,
    /// Carol's, in which the group Incident Response writes, and Threat Hunting reads.
    pub grouped: String,
}

impl Scene {
    /// Sets it up.
    pub async fn set() -> Self {
        let pages = Pages::demo().await;
        let [alice, bob, carol, vera] =
            ["alice", "bob", "carol", "vera"].map(|name| pages.service().acting_as(name));

        let read_only = bob.create("Rules of the firewall in Busan").await;
        bob.prompt(&read_only, "What changed last week?").await;
        let everybody = json!({ "privacy": "shared" });
        let path = format!("/conversations/{read_only}/privacy");
        bob.put(&path, everybody).await.expect(200);

        let grouped = carol.create("The phishing mails of Monday").await;
        carol
            .prompt(&grouped, "Who got one, and who opened it?")
            .await;
        let grants = json!({ "organization": null, "groups": [
            { "group_id": crate::harness::group_id("Incident Response"), "level": "collaborate" },
            { "group_id": crate::harness::group_id("Threat Hunting"), "level": "view" },
        ] });
        carol.share(&grouped, grants).await.expect(200);

        let private = alice.create("Beacons in May").await;
        let prompt = alice.prompt(&private, PROMPT).await["user_message"].clone();
        branch(&alice, &private, &Value::Null, "Only the servers, please.").await;
        branch(&alice, &private, &prompt["parent_id"], PROMPT).await;
        alice
            .prompt(&private, "And which of them are servers?")
            .await;
        vera.get(&format!("/conversations/{private}"))
            .await
            .expect(200);

        let prompt = prompt["id"].as_str().unwrap().to_owned();
        Self {
            pages,
            private,
            prompt,
            read_only,
            grouped,
        }
    }

    /// A browser at which somebody is signed in.
    pub async fn somebody(&self, name: &str, profile: Profile) -> Browser {
        let browser = self.pages.browser(profile).await;
        browser.sign_in(name).await;
        browser
    }

    /// The newest entry of the audit log.
    pub async fn newest_entry(&self) -> String {
        let vera = self.pages.service().acting_as("vera");
        let log = vera.get("/audit-events?limit=1").await.expect(200);
        log["items"][0]["id"].as_str().unwrap().to_owned()
    }
}

/// A prompt after this message, or at the top.
async fn branch(somebody: &As, conversation: &str, parent: &Value, content: &str) {
    let path = format!("/conversations/{conversation}/messages");
    let prompt = json!({ "content": content, "parent_id": parent });
    somebody.post(&path, prompt).await.expect(201);
}
