//! A wrong value is refused with its key, its place and what is allowed, in words that are not the program's own.

use super::*;

/// Words of the libraries, and names of types.
const OURS_ALONE: [&str; 16] = [
    "enum ",
    "struct ",
    "variant",
    "nonzero",
    "u32",
    "u64",
    "usize",
    "-bit",
    "i64",
    "invalid",
    "sequence",
    "unit value",
    "map",
    "socket",
    "boolean",
    "parse",
];

fn assert_plain(told: &str) {
    for word in OURS_ALONE {
        assert!(!told.contains(word), "`{word}` in: {told}");
    }
}

const COUNT: &str = "a whole number from 0 to 4294967295";
const COUNT_FROM_ONE: &str = "a whole number from 1 to 4294967295";
const SIZE: &str = "a whole number from 0 to 9223372036854775807";
const ADDRESS: &str = "an IP address and a port, such as 127.0.0.1:8080 or [::1]:8080";

/// Keys, wrong values, and what is allowed.
const WRONG: &[(&str, &str, &str)] = &[
    ("data_dir", "", "a path"),
    ("data_dir", "  ", "a path"),
    ("audit.file.path", "", "a path"),
    ("store.url_file", "", "a path"),
    ("audit.kafka.topic", "", "a text"),
    ("http.listen", "here", ADDRESS),
    ("http.listen", "", ADDRESS),
    ("http.listen", "localhost:8080", ADDRESS),
    ("http.listen", "127.0.0.1:65536", ADDRESS),
    (
        "metrics.listen",
        "9464",
        "an IP address and a port, such as 127.0.0.1:9464 or [::1]:9464, or empty to switch it off",
    ),
    (
        "http.public_url",
        "parlor.example.com",
        "a web address, such as https://parlor.example.com",
    ),
    ("store.migrate", "perhaps", "`true` or `false`"),
    ("store.migrate", "", "`true` or `false`"),
    ("limits.prompts_per_minute", "0", COUNT_FROM_ONE),
    ("limits.prompts_per_minute", "many", COUNT_FROM_ONE),
    ("limits.prompts_per_minute", "1.5", COUNT_FROM_ONE),
    ("limits.prompts_per_minute", "4294967296", COUNT_FROM_ONE),
    ("limits.searches_per_minute", "-1", COUNT),
    ("limits.body_bytes", "-1", SIZE),
    ("limits.body_bytes", "16MB", SIZE),
    ("model.answer_timeout_ms", "", SIZE),
    ("audit.file.keep", "all", SIZE),
    ("audit.sink", "nowhere", "one of `file`, `kafka`, `none`"),
    (
        "log.level",
        "loud",
        "one of `error`, `warn`, `info`, `debug`, `trace`",
    ),
    (
        "log.level",
        "",
        "one of `error`, `warn`, `info`, `debug`, `trace`",
    ),
    ("log.format", "xml", "one of `auto`, `pretty`, `json`"),
    ("identity.mode", "oidc", "`demo`"),
];

#[test]
fn a_wrong_value_is_told_with_its_key_its_place_and_what_is_allowed() {
    for &(key, value, allowed) in WRONG {
        let is = if value.trim().is_empty() {
            "empty".to_owned()
        } else {
            format!("`{value}`")
        };
        let allowed = format!("{allowed}: it is {is}");
        let told = error("", &[], &[(key, value)]);
        assert_eq!(
            told,
            format!("`{key}` in the command line must be {allowed}")
        );
        assert_plain(&told);

        let variable = format!("PARLOR_{}", key.replace('.', "__").to_uppercase());
        let mut layers = Layers::new("", &[], &[]);
        layers
            .inputs
            .environment
            .push((variable.clone(), value.to_owned()));
        let place = format!("the environment variable {variable}");
        assert_eq!(
            layers.error(),
            format!("`{key}` in {place} must be {allowed}")
        );

        // The environment's data folder of these tests would win.
        if key != "data_dir" {
            let (table, name) = key.rsplit_once('.').unwrap();
            let told = error(&format!("[{table}]\n{name} = \"{value}\"\n"), &[], &[]);
            assert_eq!(
                told,
                format!("`{key}` in DIR/parlor.toml must be {allowed}")
            );
        }
    }
}

#[test]
fn a_value_of_a_provider_is_told_like_any_other() {
    for (value, allowed) in [
        (
            "kind = 'closedai'",
            "kind` in DIR/parlor.toml must be `openai`: it is `closedai`",
        ),
        (
            "api_key = ''",
            "api_key` in DIR/parlor.toml must be a text: it is empty. Leave out the key where there is no secret",
        ),
        (
            "name = 'one'\nmodels = 'a'\ncontext_length = 'long'",
            "context_length` in DIR/parlor.toml must be whole numbers from 1 to 4294967295, such as 8192: it is `long`",
        ),
        (
            "name = ''",
            "name` in DIR/parlor.toml must be a text: it is empty",
        ),
        (
            "stream = 'perhaps'",
            "stream` in DIR/parlor.toml must be `true` or `false`: it is `perhaps`",
        ),
        (
            "max_retries = -1",
            "max_retries` in DIR/parlor.toml must be a whole number from 0 to 4294967295: it is `-1`",
        ),
    ] {
        let told = error(&format!("[[model.providers]]\n{value}\n"), &[], &[]);
        assert_eq!(told, format!("`model.providers[0].{allowed}"));
    }
}

#[test]
fn no_key_answers_a_list_or_a_text_in_words_of_the_program() {
    for key in known_keys() {
        let (header, name) = key.rsplit_once('.').unwrap_or(("", &key));
        let header = match header.strip_suffix("[]") {
            Some(list) => format!("[[{list}]]"),
            None if header.is_empty() => String::new(),
            None => format!("[{header}]"),
        };
        for value in ["[[1]]", "['x']", "'\\\\'", "''", "1.5", "-1", "true"] {
            let mut layers = Layers::new(&format!("{header}\n{name} = {value}\n"), &[], &[]);
            if key == "data_dir" {
                layers.inputs.environment.clear();
            }
            match load(&layers.inputs) {
                Ok(_) => assert_ne!(value, "[[1]]", "{key} takes lists of lists"),
                Err(error) => {
                    let told = format!("{error:#}");
                    assert_plain(&told);
                    assert!(value != "[[1]]" || told.contains("must be"), "{told}");
                    let names_it = told.contains(&without_indexes(&key).replace("[]", "[0]"));
                    assert!(
                        names_it || told.contains("`name`"),
                        "{key} = {value}: {told}"
                    );
                }
            }
        }
    }
}

#[test]
fn the_text_of_a_secret_of_the_wrong_kind_is_not_told() {
    for file in [
        "[[model.providers]]\nname = 'one'\napi_key = ['sk-secret']\n",
        "[store]\nurl = ['postgres://me:sk-secret@h/db']\n",
        "[model]\nproviders = ['sk-secret']\n",
        "[model]\nproviders = 'sk-secret'\n",
    ] {
        let told = error(file, &[], &[]);
        assert!(
            told.contains("must be") && !told.contains("secret"),
            "{told}"
        );
    }
}

#[test]
fn a_value_that_is_wrong_beside_others_is_told_with_its_place_too() {
    for (key, value, allowed) in [
        ("store.url", "mysql://h", "must be `sqlite://FILE`"),
        (
            "limits.body_bytes",
            "0",
            "must be a whole number from 1 to 9223372036854775807: it is `0`",
        ),
        (
            "model.answer_timeout_ms",
            "0",
            "must be a whole number from 1",
        ),
        ("http.listen", "0.0.0.0:80", "is 0.0.0.0:80"),
    ] {
        let told = error("", &[], &[(key, value)]);
        let expected = format!("`{key}` in the command line {allowed}");
        assert!(told.starts_with(&expected), "{told}");
    }
}
