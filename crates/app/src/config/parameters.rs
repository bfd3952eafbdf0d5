//! The parameters of a PostgreSQL URL.
//!
//! The driver ignores a parameter that it does not know, and logs it with its value: a misspelled `sslmode` would switch encryption
//! off without a word, and a misspelled `password` would be in the log.

use anyhow::{bail, ensure};

/// What the driver knows.
const KNOWN: [&str; 19] = [
    "application_name",
    "dbname",
    "host",
    "hostaddr",
    "options",
    "password",
    "port",
    "ssl-ca",
    "ssl-cert",
    "ssl-key",
    "ssl-mode",
    "ssl-root-cert",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "statement-cache-capacity",
    "user",
    "options[…]",
];
const SSL_MODES: [&str; 6] = [
    "disable",
    "allow",
    "prefer",
    "require",
    "verify-ca",
    "verify-full",
];

/// Whether the driver knows each parameter of this URL. Of an unknown one only the name is told.
pub fn check(key: &str, url: &str) -> anyhow::Result<()> {
    let Some((address, query)) = url.split_once('?') else {
        return Ok(());
    };
    ensure!(
        address.contains('@') || !query.contains('@'),
        "`{key}` has a `?` before its `@`: in a user name or a password, write `?` as %3F"
    );
    let query = query.split_once('#').map_or(query, |(query, _)| query);
    for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        let is_option = name.starts_with("options[") || name.starts_with("options%5B");
        if !is_option && !KNOWN.contains(&name) {
            let is_name = name.len() <= 32
                && name
                    .chars()
                    .all(|c| c.is_ascii_alphabetic() || "-_".contains(c));
            // It may be a part of a password.
            let name = if is_name { name } else { "…" };
            bail!(
                "`{key}` has the unknown parameter `{name}`: did you mean `{}`?",
                nearest(name)
            );
        }
        ensure!(
            !matches!(name, "sslmode" | "ssl-mode")
                || SSL_MODES.contains(&value.to_lowercase().as_str()),
            "`{key}` has a wrong `{name}`: it must be one of {}",
            SSL_MODES.join(", ")
        );
    }
    Ok(())
}

fn nearest(name: &str) -> &'static str {
    let likeness = |known: &&&str| strsim::jaro_winkler(name, known);
    KNOWN
        .iter()
        .max_by(|one, other| likeness(one).total_cmp(&likeness(other)))
        .copied()
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_parameter_is_told_with_the_nearest_known_one_and_without_its_value() {
        for (query, nearest) in [
            ("sslmod=verify-full", "sslmode"),
            ("sslmode=require&passwrd=hunter2", "password"),
            ("aplication_name=hunter2", "application_name"),
        ] {
            let told = check("store.url", &format!("postgres://h/db?{query}")).unwrap_err();
            let told = told.to_string();
            assert!(
                told.contains(&format!("did you mean `{nearest}`")),
                "{told}"
            );
            assert!(
                !told.contains("hunter2") && !told.contains("verify-full"),
                "{told}"
            );
        }
    }

    #[test]
    fn a_password_with_a_question_mark_is_not_told() {
        let told = check("store.url", "postgres://me:hun?ter2@h/db").unwrap_err();
        assert!(told.to_string().contains("%3F") && !told.to_string().contains("ter2"));
        let told = check("store.url", "postgres://me:x@h/db?p4ss!word").unwrap_err();
        assert!(!told.to_string().contains("p4ss"), "{told}");
    }

    #[test]
    fn what_the_driver_knows_is_taken() {
        for query in [
            "sslmode=verify-full&sslrootcert=/etc/ca.pem",
            "host=/run/postgresql&port=5433&dbname=d&user=u&password=p%40ss",
            "options[search_path]=parlor&application_name=parlor",
            "",
        ] {
            check("store.url", &format!("postgres://h/db?{query}")).unwrap();
        }
        let told = check("store.url", "postgres://h/db?sslmode=maybe").unwrap_err();
        assert!(told.to_string().contains("verify-full"), "{told}");
    }
}
