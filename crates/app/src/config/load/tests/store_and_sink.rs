//! Where everything is kept, where audit entries go, and the secrets of both.

use super::*;

#[cfg(not(feature = "kafka"))]
#[test]
fn a_program_without_kafka_says_how_to_build_one_with_it() {
    let told = error("", &[], &[("audit.sink", "kafka")]);
    assert!(
        told.contains("`audit.sink`") && told.contains("--features kafka"),
        "{told}"
    );
}

#[cfg(feature = "kafka")]
#[test]
fn kafka_needs_brokers() {
    let told = error("", &[], &[("audit.sink", "kafka")]);
    assert!(told.contains("`audit.kafka.brokers`"), "{told}");
    let brokers = ("audit.kafka.brokers", "one:9092, two:9092");
    let loaded = Layers::new("", &[], &[("audit.sink", "kafka"), brokers]).load();
    assert_eq!(
        loaded.config.audit.kafka.brokers.0,
        ["one:9092", "two:9092"]
    );
}

#[test]
fn the_store_lies_in_the_data_folder_or_where_its_whole_path_says() {
    let path = |url| {
        let layers = Layers::new("", &[], &[("store.url", url)]);
        match layers.load().config.store_location().unwrap() {
            StoreLocation::Embedded(path) => path,
            StoreLocation::Postgres => panic!("{url} is no file"),
        }
    };
    assert!(path("sqlite://a/b.db").ends_with("data/a/b.db"));
    assert_eq!(path("sqlite:///a/b.db"), Path::new("/a/b.db"));
    for url in [
        "",
        "parlor.db",
        "sqlite:",
        "sqlite://",
        "sqlite://a?mode=ro",
        "mysql://h",
        "postgres:h",
    ] {
        assert!(
            error("", &[], &[("store.url", url)]).contains("`sqlite://FILE`"),
            "{url}"
        );
    }
}

#[test]
fn a_url_of_postgresql_is_taken_and_shown_without_its_password() {
    let settings = [
        ("store.url", "postgres://parlor:secret@db/parlor"),
        (
            "store.replica_url",
            "postgresql://parlor:secret@replica/parlor",
        ),
    ];
    let loaded = Layers::new("", &[], &settings).load();
    let location = loaded.config.store_location().unwrap();
    assert_eq!(location, StoreLocation::Postgres);
    let shown = show(&loaded);
    assert!(shown.contains("postgresql://********@replica/parlor"));
    assert!(!shown.contains("secret"), "{shown}");
}

#[test]
fn only_postgresql_has_a_replica() {
    let replica = ("store.replica_url", "postgres://me:secret@h/db");
    let told = error("", &[], &[replica]);
    assert!(told.contains("`store.replica_url`") && !told.contains("secret"));
    let url = ("store.url", "postgres://h/db");
    let told = error("", &[], &[url, ("store.replica_url", "sqlite://a.db")]);
    assert!(told.contains("`store.replica_url`"), "{told}");
}

#[test]
fn secrets_may_stand_in_files_but_not_in_two_places() {
    let layers = Layers::new("", &[], &[]);
    let file = |name: &str, text: &str| {
        let path = layers.folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let url = file("url", "postgres://me:one@h/db\n");
    let password = file("password", "two\n");
    let settings = [
        ("store.url_file", url.as_str()),
        ("audit.kafka.security.sasl_password_file", &password),
    ];
    let loaded = Layers::new("", &[], &settings).load();
    assert_eq!(loaded.config.store.url.get(), "postgres://me:one@h/db");
    let security = &loaded.config.audit.kafka.security;
    assert!(security.sasl_password.is_some());
    let shown = show(&loaded);
    assert!(!shown.contains("one@") && !shown.contains("two"), "{shown}");
    for (key, value) in [
        ("store.url", "postgres://h/db"),
        ("audit.kafka.security.sasl_password", "three"),
    ] {
        let told = error("", &[], &[settings[0], settings[1], (key, value)]);
        assert!(told.contains(&format!("both `{key}`")), "{told}");
    }
    let told = error("", &[], &[("store.url_file", "nowhere")]);
    assert!(
        told.contains("`store.url_file` in the command line is nowhere"),
        "{told}"
    );
}

#[test]
fn a_file_for_a_secret_must_not_be_empty() {
    let layers = Layers::new("", &[], &[]);
    let empty = layers.folder.path().join("empty");
    fs::write(&empty, "\n").unwrap();
    let empty = empty.display().to_string();
    for key in ["store.url_file", "audit.kafka.security.sasl_password_file"] {
        let told = error("", &[], &[(key, &empty)]);
        assert!(told.contains(key) && told.contains("is empty"), "{told}");
    }
}

#[test]
fn the_audit_file_is_no_file_of_the_store() {
    for name in [
        "parlor.db",
        "parlor.db-wal",
        "parlor.db-shm",
        "parlor.db.lock",
        "./parlor.db",
    ] {
        let told = error("", &[], &[("audit.file.path", name)]);
        let expected = "`audit.file.path` in the command line is";
        assert!(
            told.starts_with(expected) && told.contains("a file of the store"),
            "{told}"
        );
    }
    let none = [("audit.file.path", "parlor.db"), ("audit.sink", "none")];
    Layers::new("", &[], &none).load();
}

#[cfg(unix)]
#[test]
fn the_audit_file_does_not_lead_to_a_file_of_the_store_either() {
    use std::os::unix::fs::symlink;
    // Also where the file is not there yet.
    for (name, is_there) in [("parlor.db", true), ("parlor.db-wal", false)] {
        let layers = Layers::new("", &[], &[("audit.file.path", "audit.jsonl")]);
        let data = layers.folder.path().join("data");
        fs::create_dir(&data).unwrap();
        if is_there {
            fs::write(data.join(name), "").unwrap();
        }
        symlink(name, data.join("audit.jsonl")).unwrap();
        let told = layers.error();
        assert!(told.contains("a file of the store"), "{name}: {told}");
        fs::remove_file(data.join("audit.jsonl")).unwrap();
        layers.load();
        if is_there {
            fs::hard_link(data.join(name), data.join("audit.jsonl")).unwrap();
            assert!(layers.error().contains("a file of the store"));
        }
    }
}
