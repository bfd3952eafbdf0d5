use tempfile::TempDir;

use super::*;
use crate::config::{AuditSinkKind, StoreLocation, show};

mod store_and_sink;
mod wrong_values;

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|&(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}

/// A file, environment variables and settings of the command line, in a folder of their own.
struct Layers {
    folder: TempDir,
    inputs: Inputs,
}

impl Layers {
    fn new(file: &str, environment: &[(&str, &str)], command_line: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("parlor.toml");
        fs::write(&path, file).unwrap();
        let mut inputs = Inputs {
            file: Some(path),
            environment: pairs(environment),
            command_line: pairs(command_line),
        };
        let data_dir = folder.path().join("data").display().to_string();
        inputs
            .environment
            .insert(0, ("PARLOR_DATA_DIR".to_owned(), data_dir));
        Self { folder, inputs }
    }

    fn load(&self) -> Loaded {
        load(&self.inputs).unwrap()
    }

    fn error(&self) -> String {
        let error = load(&self.inputs).err().unwrap();
        format!("{error:#}").replace(&self.folder.path().display().to_string(), "DIR")
    }
}

fn error(file: &str, environment: &[(&str, &str)], command_line: &[(&str, &str)]) -> String {
    Layers::new(file, environment, command_line).error()
}

#[test]
fn without_anything_the_defaults_hold() {
    let layers = Layers::new("", &[], &[]);
    let config = layers.load().config;
    assert_eq!(config.http.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.metrics.listen.unwrap().to_string(), "127.0.0.1:9464");
    assert_eq!(config.audit.sink, AuditSinkKind::File);
    assert_eq!(
        config.store_location().unwrap(),
        StoreLocation::Embedded(layers.folder.path().join("data/parlor.db"))
    );
    assert_eq!(
        config.audit.file.path,
        layers.folder.path().join("data/audit.jsonl")
    );
}

#[test]
fn the_command_line_wins_over_the_environment_and_that_over_the_file() {
    let file = "[limits]\nbody_bytes = 1\nmessage_characters = 1\nprompts_per_minute = 1\n";
    let environment = [
        ("PARLOR_LIMITS__MESSAGE_CHARACTERS", "2"),
        ("PARLOR_LIMITS__PROMPTS_PER_MINUTE", "2"),
    ];
    let layers = Layers::new(file, &environment, &[("limits.prompts_per_minute", "3")]);
    let loaded = layers.load();
    let limits = &loaded.config.limits;
    assert_eq!(limits.body_bytes, 1);
    assert_eq!(limits.message_characters, 2);
    assert_eq!(limits.prompts_per_minute.get(), 3);
    let origin = |key: &str| loaded.origins[key].as_str();
    assert!(origin("limits.body_bytes").ends_with("parlor.toml"));
    assert_eq!(
        origin("limits.message_characters"),
        "the environment variable PARLOR_LIMITS__MESSAGE_CHARACTERS"
    );
    assert_eq!(origin("limits.prompts_per_minute"), "the command line");
}

#[test]
fn an_unknown_key_is_told_with_the_nearest_known_one() {
    assert_eq!(
        error("[http]\nlisten_on = \"127.0.0.1:1\"\n", &[], &[]),
        "unknown key `http.listen_on` in DIR/parlor.toml: did you mean `http.listen` (PARLOR_HTTP__LISTEN)?"
    );
    assert_eq!(
        error("", &[("PARLOR_HTTP_LISTEN", "127.0.0.1:1")], &[]),
        "unknown key `http_listen` in the environment variable PARLOR_HTTP_LISTEN: did you mean `http.listen` \
         (PARLOR_HTTP__LISTEN)?"
    );
    assert_eq!(
        error("", &[], &[("log.levle", "debug")]),
        "unknown key `log.levle` in the command line: did you mean `log.level` (PARLOR_LOG__LEVEL)?"
    );
    assert_eq!(
        error(
            "[[model.providers]]\nname = \"a\"\nurl = \"http://h\"\n",
            &[],
            &[]
        )
        .split(':')
        .next(),
        Some("unknown key `model.providers[0].url` in DIR/parlor.toml")
    );
}

#[test]
fn every_unknown_key_is_told() {
    let told = error("datadir = \"x\"\n[store]\nuri = \"y\"\n", &[], &[]);
    assert_eq!(told.lines().count(), 2);
}

#[test]
fn variables_that_kubernetes_sets_beside_a_service_of_our_name_are_no_keys() {
    let environment = [
        ("PARLOR_PORT", "tcp://10.0.0.1:8080"),
        ("PARLOR_PORT_8080_TCP_ADDR", "10.0.0.1"),
        ("PARLOR_SERVICE_HOST", "10.0.0.1"),
        ("PARLOR_SERVICE_PORT_HTTP", "8080"),
        ("OTHER_HTTP__LISTN", "x"),
    ];
    Layers::new("", &environment, &[]).load();
}

#[test]
fn variables_that_kubernetes_sets_beside_a_service_whose_name_begins_with_ours_are_no_keys() {
    // As for the services `parlor-db`, `parlor-http` and `parlor-port-80`.
    for service in ["DB", "HTTP", "PORT_80"] {
        let names = [
            ("SERVICE_HOST", "10.0.0.1"),
            ("SERVICE_PORT", "5432"),
            ("SERVICE_PORT_POSTGRES_RW", "5432"),
            ("PORT", "tcp://10.0.0.1:5432"),
            ("PORT_5432_TCP", "tcp://10.0.0.1:5432"),
            ("PORT_5432_TCP_PROTO", "tcp"),
            ("PORT_5432_TCP_PORT", "5432"),
            ("PORT_5432_TCP_ADDR", "10.0.0.1"),
            ("PORT_53_UDP", "udp://10.0.0.1:53"),
        ];
        let environment = names.map(|(name, value)| (format!("PARLOR_{service}_{name}"), value));
        let environment = environment
            .each_ref()
            .map(|(name, value)| (&**name, *value));
        Layers::new("", &environment, &[]).load();
    }
}

#[test]
fn a_misspelled_variable_is_told_though_it_looks_a_little_like_one_of_kubernetes() {
    for (name, value) in [
        ("PARLOR_HTTP_PORT", "8080"),
        ("PARLOR_HTTP__PORT", "tcp://10.0.0.1:8080"),
        ("PARLOR_HTTP__SERVICE_HOST", "10.0.0.1"),
        ("PARLOR_HTTP__PORT_80_TCP", "tcp://10.0.0.1:80"),
        ("PARLOR_HTTP_PORT_80", "80"),
        ("PARLOR_HTTP_PORT_80_TCP_LISTEN", "80"),
        ("PARLOR_STORE_URL", "sqlite://parlor.db"),
    ] {
        let told = error("", &[(name, value)], &[]);
        assert!(
            told.contains(&format!("environment variable {name}")),
            "{told}"
        );
    }
}

#[test]
fn providers_come_from_the_file_and_their_keys_from_elsewhere() {
    let file = "
        [[model.providers]]
        name = 'one'
        base_url = 'http://h/v1'
        models = ['a', 'b']

        [[model.providers]]
        name = 'two'
        base_url = 'http://h/v1'
        models = 'c, d'
    ";
    let folder = tempfile::tempdir().unwrap();
    let key_file = folder.path().join("key");
    fs::write(&key_file, "sk-two\n").unwrap();
    let environment = [
        ("PARLOR_MODEL__PROVIDERS__0__API_KEY", "sk-one"),
        (
            "PARLOR_MODEL__PROVIDERS__1__API_KEY_FILE",
            key_file.to_str().unwrap(),
        ),
    ];
    let loaded = Layers::new(file, &environment, &[]).load();
    let [one, two] = loaded.config.model.providers.as_slice() else {
        panic!("two providers")
    };
    assert_eq!(one.models.0, ["a", "b"]);
    assert_eq!(two.models.0, ["c", "d"]);
    let key = |provider: &ProviderConfig| {
        use secrecy::ExposeSecret as _;
        provider
            .api_key
            .as_ref()
            .unwrap()
            .get()
            .expose_secret()
            .to_owned()
    };
    assert_eq!(
        (key(one), key(two)),
        ("sk-one".to_owned(), "sk-two".to_owned())
    );

    let shown = show(&loaded);
    assert!(!shown.contains("sk-"), "{shown}");
    assert!(shown.contains("api_key = \"********\""), "{shown}");
}

#[test]
fn a_provider_can_be_given_by_the_environment_alone() {
    let environment = [
        ("PARLOR_MODEL__PROVIDERS__0__NAME", "one"),
        ("PARLOR_MODEL__PROVIDERS__0__BASE_URL", "http://h/v1"),
        ("PARLOR_MODEL__PROVIDERS__0__MODELS", "a,b"),
    ];
    let config = Layers::new("", &environment, &[]).load().config;
    assert_eq!(config.model.providers[0].models.0, ["a", "b"]);
}

#[test]
fn a_key_and_a_file_with_a_key_are_one_too_many() {
    let told = error(
        "[[model.providers]]\nname = 'one'\napi_key = 'sk-1'\napi_key_file = 'key'\n",
        &[],
        &[],
    );
    assert!(
        told.contains("`model.providers[0].api_key` in ")
            && told.contains("`model.providers[0].api_key_file` in "),
        "{told}"
    );
    assert!(!told.contains("sk-1"));
}

#[test]
fn a_broken_file_is_told_without_its_text() {
    let told = error("[[model.providers]]\napi_key = 'sk-secret\n", &[], &[]);
    assert!(
        told.contains("DIR/parlor.toml") && told.contains("line 2"),
        "{told}"
    );
    assert!(!told.contains("secret"), "{told}");
}

#[test]
fn a_file_that_was_named_must_be_there() {
    let mut layers = Layers::new("", &[], &[]);
    layers.inputs.file = Some(layers.folder.path().join("other.toml"));
    assert!(
        layers
            .error()
            .starts_with("the configuration file DIR/other.toml cannot be read")
    );
}

#[test]
fn the_demo_organization_is_served_to_this_machine_only() {
    for key in ["http.listen", "metrics.listen"] {
        for address in ["0.0.0.0:1", "[::]:1", "192.168.0.1:1"] {
            let told = error("", &[], &[(key, address)]);
            assert!(
                told.contains(key) && told.contains(address) && told.contains("127.0.0.1"),
                "{told}"
            );
        }
        Layers::new("", &[], &[(key, "[::1]:1")]).load();
    }
    let loaded = Layers::new("", &[], &[("metrics.listen", "")]).load();
    assert!(loaded.config.metrics.listen.is_none());
}

#[test]
fn one_address_cannot_have_two_listeners() {
    let both = [
        ("http.listen", "127.0.0.1:7000"),
        ("metrics.listen", "127.0.0.1:7000"),
    ];
    let told = error("", &[], &both);
    assert!(
        told.contains("`http.listen` in the command line and `metrics.listen`"),
        "{told}"
    );
    let free = [
        ("http.listen", "127.0.0.1:0"),
        ("metrics.listen", "127.0.0.1:0"),
    ];
    Layers::new("", &[], &free).load();
}

#[test]
fn proxies_are_addresses_or_networks() {
    let layers = Layers::new(
        "",
        &[("PARLOR_HTTP__TRUSTED_PROXIES", "10.0.0.0/8, ::1")],
        &[],
    );
    let proxies = layers.load().config.trusted_proxies().unwrap();
    let proxies: Vec<_> = proxies.iter().map(ToString::to_string).collect();
    assert_eq!(proxies, ["10.0.0.0/8", "::1/128"]);
    let told = error("", &[], &[("http.trusted_proxies", "proxy")]);
    assert!(
        told.starts_with("`http.trusted_proxies` in the command line has `proxy`"),
        "{told}"
    );
}

#[test]
fn what_is_shown_can_be_read_again() {
    let first = Layers::new(
        "",
        &[],
        &[
            ("model.default", "a \"quoted\" name"),
            ("http.trusted_proxies", "::1"),
        ],
    );
    let shown = show(&first.load());
    assert!(
        shown.contains("# the command line") && shown.contains("# default"),
        "{shown}"
    );
    let second = show(&Layers::new(&shown, &[], &[]).load());
    let values = |shown: &str| -> Vec<String> {
        let lines = shown.lines().filter(|line| !line.starts_with("data_dir"));
        lines
            .filter(|line| !line.starts_with("audit.file.path"))
            .map(|line| {
                line.rsplit_once(" # ")
                    .map_or(line, |(value, _)| value)
                    .trim()
                    .to_owned()
            })
            .collect()
    };
    assert_eq!(values(&shown), values(&second));
}
