//! Configuration: layers, keys that nobody knows, and secrets that nobody sees.

use crate::harness::Service;

/// What a start with this file and these variables complains of.
fn complaint(file: &str, variables: &[(&str, &str)], arguments: &[&str]) -> String {
    let service = Service::builder().file("parlor.toml", file).stopped();
    let refused = service.run_with(arguments, variables);
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    assert_eq!(String::from_utf8_lossy(&refused.stdout), "");
    String::from_utf8(refused.stderr).unwrap()
}

#[test]
fn an_unknown_key_is_named_with_the_nearest_and_where_it_stands() {
    for arguments in [&[][..], &["config", "check"]] {
        let told = complaint("[limits]\nprompt_per_minute = 3\n", &[], arguments);
        for words in [
            "limits.prompt_per_minute",
            "limits.prompts_per_minute",
            "parlor.toml",
        ] {
            assert!(told.contains(words), "{words}: {told}");
        }
        let told = complaint("", &[("PARLOR_HTTP__LISTENS", "127.0.0.1:1")], arguments);
        for words in ["http.listens", "http.listen", "PARLOR_HTTP__LISTENS"] {
            assert!(told.contains(words), "{words}: {told}");
        }
        let told = complaint("[[model.providers]]\nnmae = \"x\"\n", &[], arguments);
        assert!(told.contains("nmae") && told.contains("name"), "{told}");
    }
}

#[test]
fn a_value_of_the_wrong_kind_is_named() {
    let told = complaint("[limits]\nstreams_per_user = \"many\"\n", &[], &[]);
    assert!(told.contains("limits.streams_per_user"), "{told}");
    let told = complaint("[limits]\nstreams_per_user = 0\n", &[], &[]);
    assert!(told.contains("limits.streams_per_user"), "{told}");
    let told = complaint("", &[("PARLOR_HTTP__LISTEN", "localhost")], &[]);
    assert!(told.contains("http.listen"), "{told}");
}

#[test]
fn an_empty_value_is_told_as_such() {
    for (name, key) in [
        ("PARLOR_DATA_DIR", "data_dir"),
        ("PARLOR_HTTP__LISTEN", "http.listen"),
        ("PARLOR_LOG__LEVEL", "log.level"),
        ("PARLOR_LIMITS__BODY_BYTES", "limits.body_bytes"),
        ("PARLOR_STORE__URL_FILE", "store.url_file"),
    ] {
        let told = complaint("", &[(name, "")], &[]);
        for words in [&format!("`{key}`"), name, "must be", "it is empty"] {
            assert!(told.contains(words), "{words}: {told}");
        }
    }
}

#[test]
fn a_broken_file_is_named_without_its_lines() {
    let told = complaint(
        "[[model.providers]]\napi_key = \"sk-canary\nname = \"x\"\n",
        &[],
        &[],
    );
    assert!(told.contains("parlor.toml"), "{told}");
    assert!(!told.contains("canary"), "{told}");
}

const WITH_SECRETS: &str = r#"
[limits]
streams_per_user = 7
body_bytes = 5000

[[model.providers]]
name = "one"
base_url = "https://models.example/v1"
api_key = "canary-1"
models = ["m"]

[[model.providers]]
name = "two"
base_url = "https://other.example/v1"
api_key_file = "key.txt"
models = ["n"]
"#;

#[test]
fn the_configuration_is_shown_with_its_origins_and_without_its_secrets() {
    let service = Service::builder()
        .file("parlor.toml", WITH_SECRETS)
        .file("key.txt", "canary-2\n")
        .with("PARLOR_LIMITS__BODY_BYTES", &6000)
        .stopped();
    let shown = service.run(&["config", "check", "--set", "limits.message_characters=70"]);
    let shown = format!(
        "{}{}",
        String::from_utf8(shown.stdout).unwrap(),
        String::from_utf8(shown.stderr).unwrap()
    );
    assert!(!shown.contains("canary"), "{shown}");
    assert!(shown.contains("****"), "{shown}");
    let line = |key: &str| {
        let found = shown.lines().find(|line| line.starts_with(key));
        found.unwrap_or_else(|| panic!("no {key}: {shown}"))
    };
    for (key, value, origin) in [
        ("limits.streams_per_user", "7", "parlor.toml"),
        ("limits.body_bytes", "6000", "PARLOR_LIMITS__BODY_BYTES"),
        ("limits.message_characters", "70", "command line"),
        ("audit.sink", "file", "default"),
    ] {
        assert!(
            line(key).contains(value) && line(key).contains(origin),
            "{}",
            line(key)
        );
    }
}

#[test]
fn what_this_program_cannot_do_is_said_at_the_start() {
    for (file, words) in [
        // Without its cargo feature it is the sink that is missing; with it, the brokers are.
        ("[audit]\nsink = \"kafka\"\n", "`audit."),
        (
            "[audit]\nsink = \"kafka\"\n[audit.kafka]\nbrokers = [\"h:9092\"]\ntopic = \"a b\"\n",
            "`audit.",
        ),
        (
            "[audit]\nsink = \"kafka\"\n[audit.kafka]\nbrokers = [\"h:9092\"]\n[audit.kafka.security]\nsasl_username = \"u\"\n",
            "`audit.",
        ),
        ("[identity]\nmode = \"oidc\"\n", "identity.mode"),
        (
            "[[model.providers]]\nname = \"x\"\nbase_url = \"https://u:canary@h/v1\"\nmodels = [\"m\"]\n",
            "base_url",
        ),
        (
            "[model]\ndefault = \"no-such-model\"\n",
            "`model.default` in ",
        ),
    ] {
        // As at the start.
        let told = complaint(file, &[], &["config", "check"]);
        assert!(told.contains(words), "{words}: {told}");
        assert!(!told.contains("canary"), "{told}");
    }
    for url in [
        "mysql://u:canary@h/d",
        "postgres://u:canary@h:99999/d",
        "postgres://u@h/d?passwrd=canary",
        "postgres://u:canary@h/d?sslmode=maybe",
    ] {
        for arguments in [&[][..], &["config", "check"]] {
            let told = complaint("", &[("PARLOR_STORE__URL", url)], arguments);
            let place = "`store.url` in the environment variable PARLOR_STORE__URL";
            assert!(told.contains(place), "{told}");
            assert!(!told.contains("canary"), "{told}");
        }
    }
}

#[test]
fn the_program_says_what_it_can_do() {
    let service = Service::builder().stopped();
    let help = service.run(&["--help"]);
    assert!(help.status.success());
    let help = String::from_utf8(help.stdout).unwrap();
    for command in ["serve", "migrate", "config", "audit", "openapi"] {
        assert!(help.contains(command), "{command}: {help}");
    }
    assert_eq!(service.run(&["no-such-command"]).status.code(), Some(2));
}

#[test]
fn a_probe_lists_the_models_of_each_provider_and_says_what_is_wrong() {
    let port = crate::harness::free_port();
    let provider = |base_url: String| {
        format!(
            "[[model.providers]]\nname = \"tests\"\nbase_url = \"{base_url}\"\nmodels = [\"scripted\"]\n"
        )
    };
    let gone = provider(format!("http://127.0.0.1:{port}/v1"));
    let service = Service::builder().file("parlor.toml", gone).stopped();
    let probed = service.run(&["config", "check", "--probe"]);
    assert!(!probed.status.success());
    let text = String::from_utf8_lossy(&probed.stdout);
    assert!(text.contains("cannot be reached"), "{text}");
    // Without a probe nothing is asked.
    assert!(service.run(&["config", "check"]).status.success());

    let call = provider(format!("http://127.0.0.1:{port}/v1/chat/completions"));
    let service = Service::builder().file("parlor.toml", call).stopped();
    let refused = service.run(&["config", "check"]);
    assert!(!refused.status.success());
    let told = String::from_utf8_lossy(&refused.stderr);
    assert!(
        told.contains("must end before `/chat/completions`"),
        "{told}"
    );
}
