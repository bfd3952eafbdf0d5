//! What a person who starts the service reads: where it listens, as whom to call, and what to type next.

use std::{fmt::Write as _, net::SocketAddr};

use parlor_domain::principal::Permission;

use crate::{
    compose::{DEMO_PERSONAS, DemoPersona, demo_group_id},
    config::{AuditSinkKind, Config, IdentityMode},
};

/// Where the service can be reached, without a slash at the end.
pub fn public_url(config: &Config, listening: SocketAddr) -> String {
    match &config.http.public_url {
        Some(url) => url.trim_end_matches('/').to_owned(),
        None => format!("http://{listening}"),
    }
}

/// The whole greeting.
pub fn greeting(config: &Config, listening: SocketAddr, metrics: Option<SocketAddr>) -> String {
    let url = public_url(config, listening);
    let mut text = format!("\nParlor {} listens.\n\n", env!("CARGO_PKG_VERSION"));
    let mut tell = |what: &str, value: &str| {
        // Writing to a text cannot fail.
        let _ = writeln!(text, "  {what:<9} {value}");
    };
    tell("pages", &url);
    tell("API", &format!("{url}/api/v1"));
    tell("its docs", &format!("{url}/api/docs"));
    if let Some(metrics) = metrics {
        tell("metrics", &format!("http://{metrics}/metrics"));
    }
    tell("data", &config.data_dir.display().to_string());
    if config.audit.sink == AuditSinkKind::File {
        tell("audit", &config.audit.file.path.display().to_string());
    }
    if config.identity.mode == IdentityMode::Demo {
        text.push_str(&demo(&url));
    }
    text.push_str("\nStop it with Ctrl-C.\n\n");
    text
}

fn demo(url: &str) -> String {
    let mut text = String::from(
        "\nThis is the demo organization: everybody knows its tokens, so it listens on this machine only.\n\
         A new conversation is visible to its owner, and to people with privileged access: view_private_responses or \
         manage_responses.\n\n",
    );
    let mut row = |columns: [&str; 4]| {
        let [token, organization, groups, permissions] = columns;
        let _ = writeln!(
            text,
            "  {token:<13} {organization:<7} {groups:<18} {permissions}"
        );
    };
    row(["TOKEN", "OF", "GROUP", "MAY"]);
    for persona in DEMO_PERSONAS {
        row([
            &persona.token(),
            persona.organization,
            &persona.groups.join(", "),
            &may(&persona),
        ]);
    }
    text.push_str("\n  The groups' ids, to share with:\n\n");
    let mut groups: Vec<_> = DEMO_PERSONAS
        .iter()
        .flat_map(|persona| persona.groups)
        .collect();
    groups.sort();
    groups.dedup();
    for group in groups {
        let _ = writeln!(text, "  {group:<18} {}", demo_group_id(group));
    }
    let _ = write!(
        text,
        "\nBegin as alice: open {url} in a browser. Or, in another terminal, type:\n\n  \
         curl -i {url}/api/v1/conversations -H 'Authorization: Bearer demo-alice' \\\n    \
         -H 'Content-Type: application/json' -d '{{\"title\": \"Beacons in May\"}}'\n"
    );
    text
}

fn may(persona: &DemoPersona) -> String {
    let permissions: Vec<_> = persona.permissions().collect();
    if permissions.len() == Permission::ALL.len() {
        return "everything".to_owned();
    }
    let words: Vec<_> = permissions
        .iter()
        .map(|permission| permission.as_str())
        .collect();
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greeting_tells_where_as_whom_and_what_next() {
        let listening = "127.0.0.1:4711".parse().unwrap();
        let text = greeting(&Config::default(), listening, None);
        for told in [
            "open http://127.0.0.1:4711 in a browser",
            "http://127.0.0.1:4711/api/docs",
            "demo-mallory",
            "visible to its owner, and to people with privileged access",
            "eaa89045-55f1-55b2-9dec-dac24698de59",
            "curl -i http://127.0.0.1:4711/api/v1/conversations",
        ] {
            assert!(text.contains(told), "{told} in {text}");
        }
        assert!(!text.contains("metrics"));
    }

    #[test]
    fn the_public_address_is_the_one_that_is_told() {
        let mut config = Config::default();
        config.http.public_url = Some("https://parlor.example/".to_owned());
        let listening = "127.0.0.1:4711".parse().unwrap();
        assert!(greeting(&config, listening, None).contains("https://parlor.example/api/docs"));
    }
}
