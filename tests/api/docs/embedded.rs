//! The pages' commands, on the embedded store.

use std::{
    collections::BTreeSet,
    fs::File,
    os::unix::fs::PermissionsExt as _,
    os::unix::process::CommandExt as _,
    process::{Child, Command},
    time::Duration,
};

use reqwest::Client;

use super::{
    Run, RunBeside, Starts, block, blocks, entry,
    shell::{Shell, ran},
};
use crate::harness::{Service, free_port, within};

const DEFAULT_ADDRESS: &str = "127.0.0.1:8080";

/// The commands of a page in one script. What goes on by itself runs beside the rest, and is ended with it.
fn script(page: &str) -> String {
    let mut script = String::new();
    for block in blocks(page, &[Run, RunBeside]) {
        if entry(&block).2 == RunBeside {
            // It follows once its head has come.
            let text = block.text.replace("-N", "-N -D beside.head");
            script.extend(["( ", &text, " ) >beside.txt 2>&1 &\n"]);
            script.push_str("until [ -s beside.head ]; do sleep 0.02; done\n");
        } else {
            script.push_str(&block.text);
        }
    }
    script
}

#[tokio::test]
async fn the_walk_through_the_api_works_as_printed() {
    let (service, shell) = (Service::demo().await, Shell::new());
    let mut script = script("api.md");
    script.push_str("until grep -q message_created beside.txt; do sleep 0.02; done\n");
    script.push_str("kill %1\n");
    assert!(
        script.contains(DEFAULT_ADDRESS),
        "where `cargo run` listens"
    );
    let address = service.base().strip_prefix("http://").unwrap();
    let told = shell.run(&script.replace(DEFAULT_ADDRESS, address));
    assert!(!told.contains("urn:parlor:problem:"), "{told}");
    // Created, prompted, streamed, shared, regenerated, branched, shared again, repeated, searched: in this order.
    let mut rest = told.as_str();
    for milestone in [
        "etag: \"1\"",
        "\"assistant_message\"",
        "event: message_completed",
        "\"organization\":\"collaborate\"",
        "\"role\":\"assistant\"",
        "\"content\":\"What else?\"",
        "\"organization\":\"view\"",
        "\"title\":\"Once\"",
        "\"title\":\"Lateral movement\"",
    ] {
        let (_, after) = rest
            .split_once(milestone)
            .unwrap_or_else(|| panic!("no {milestone} in the rest of:\n{told}"));
        rest = after;
    }
    let followed = std::fs::read_to_string(shell.file("beside.txt")).unwrap();
    assert!(followed.contains("event: message_created"), "{followed}");
}

/// A service that a block of a page started. It ends with this value.
struct Started {
    child: Child,
    address: String,
    output: std::path::PathBuf,
}

impl Started {
    /// Types a line that starts a service where `from` is in it, on a free port instead.
    async fn by(shell: &Shell, line: &str, from: &str) -> Self {
        let address = format!("127.0.0.1:{}", free_port());
        let commands = line.replace(from, &address);
        // Else it listens where it does by default, which may be taken on this machine.
        let elsewhere = (!line.contains(from)).then_some(("PARLOR_HTTP__LISTEN", &address));
        let output = shell.file("output.txt");
        let file = File::create(&output).unwrap();
        let child = shell
            .command(&commands)
            .envs(elsewhere)
            .env(
                "PARLOR_METRICS__LISTEN",
                format!("127.0.0.1:{}", free_port()),
            )
            .stdout(file.try_clone().unwrap())
            .stderr(file)
            .process_group(0)
            .spawn()
            .unwrap();
        let mut started = Self {
            child,
            address,
            output,
        };
        started.is_ready(line).await;
        started
    }

    async fn is_ready(&mut self, line: &str) {
        let address = format!("http://{}/health/ready", self.address);
        let http = Client::builder().no_proxy().build().unwrap();
        within(Duration::from_secs(30), line, || {
            let status = self.child.try_wait().unwrap();
            assert!(status.is_none(), "{line}: {}", self.output());
            let asked = http.get(&address).send();
            async { asked.await.ok().map(drop) }
        })
        .await;
    }

    fn output(&self) -> String {
        std::fs::read_to_string(&self.output).unwrap_or_default()
    }

    async fn get(&self, path: &str) -> String {
        let http = Client::builder().no_proxy().build().unwrap();
        let request = http.get(format!("http://{}{path}", self.address));
        let answer = request.bearer_auth("demo-alice").send().await.unwrap();
        answer.text().await.unwrap()
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        // bash and what it started are one process, or one group.
        let group = format!("kill -s KILL -- -{}", self.child.id());
        let _ = Command::new("sh").args(["-c", &group]).status();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn the_first_start_works_as_printed() {
    let shell = Shell::new();
    for block in blocks("getting-started.md", &[Starts]) {
        let started = Started::by(&shell, &block.text, DEFAULT_ADDRESS).await;
        assert!(started.get("/api/v1/me").await.contains("\"alice\""));
    }
    // In the folder that the page of the configuration names.
    let store = shell.file(".local/share/parlor/parlor.db");
    assert!(store.is_file(), "{}", store.display());
}

#[tokio::test]
async fn each_way_to_configure_works_as_printed() {
    let blocks = blocks("configuration.md", &[Starts]);
    let [listens, key] = blocks.as_slice() else {
        panic!("another number of blocks");
    };
    // The same address by the file, the environment and the command line.
    let (file, address) = (block::fenced("configuration.md", "toml"), "127.0.0.1:9000");
    assert!(file[0].contains(address), "{}", file[0]);
    assert_eq!(listens.text.lines().count(), 2, "{}", listens.text);
    for line in listens.text.lines() {
        assert!(line.contains(address), "{line}");
        drop(Started::by(&Shell::new(), line, address).await);
    }
    // The key of a provider that is in the file.
    let provider = file
        .iter()
        .find(|text| text.contains("api_key_file"))
        .unwrap();
    let without_key: Vec<_> = provider
        .lines()
        .filter(|line| !line.starts_with("api_key_file"))
        .collect();
    let shell = Shell::new();
    std::fs::write(shell.file("parlor.toml"), without_key.join("\n")).unwrap();
    let started = Started::by(&shell, &key.text, DEFAULT_ADDRESS).await;
    let models = started.get("/api/v1/models").await;
    assert!(models.contains("gpt-4.1-mini"), "{models}");
    assert!(!started.output().contains("sk-"), "{}", started.output());
}

#[tokio::test]
async fn a_provider_by_the_environment_alone_works_as_printed() {
    let shell = Shell::new();
    let mut commands = script("configuration.md");
    commands.push_str("cargo run -- config check\n");
    let told = shell.run(&commands);
    for value in ["local", "http://127.0.0.1:8081/v1", "another-model"] {
        assert!(told.contains(value), "{told}");
    }
}

/// Each file that a page shows is taken by the program as it is.
#[tokio::test]
async fn every_configuration_file_of_the_pages_is_valid() {
    let pages = ["configuration.md", "operations/README.md"];
    for text in pages.iter().flat_map(|page| block::fenced(page, "toml")) {
        let shell = Shell::new();
        // The secrets and folders that it names are in this test's folder.
        std::fs::write(
            shell.file("secret"),
            "postgres://parlor_app@db.internal/parlor",
        )
        .unwrap();
        let secret = shell.file("secret").display().to_string();
        let mut file = text.replace("/var/lib/parlor", &shell.file("data").display().to_string());
        for name in ["openai", "store-url", "kafka-password"] {
            file = file.replace(&format!("/run/secrets/{name}"), &secret);
        }
        std::fs::write(shell.file("parlor.toml"), &file).unwrap();
        if cfg!(feature = "kafka") || !file.contains("kafka") {
            shell.run("parlor config check");
        }
    }
}

#[tokio::test]
async fn the_check_of_the_audit_file_works_as_printed() {
    let mut service = Service::demo().await;
    let alice = service.acting_as("alice");
    let id = alice.create("Audited").await;
    alice.prompt(&id, "What is in the log?").await;
    service.ask_to_stop();
    service.ended_well().await;
    let shell = Shell::new();
    let mut check = shell.command(&script("audit.md"));
    let told = ran(check.env("PARLOR_DATA_DIR", service.data_dir()));
    assert!(
        told.contains("The file is well-formed and complete."),
        "{told}"
    );
}

#[tokio::test]
async fn the_back_up_of_one_machine_works_as_printed() {
    let shell = Shell::new();
    let started = Started::by(&shell, "parlor", DEFAULT_ADDRESS).await;
    let backups = blocks("operations/one-machine.md", &[Run]);
    assert_eq!(backups.len(), 2);
    for block in backups {
        // While the service runs.
        shell.run(&block.text);
        let backup = shell.file("parlor-backup.db");
        let users = shell.run("sqlite3 parlor-backup.db 'SELECT count(*) FROM users'");
        assert_eq!(users.trim(), "8");
        if block.text.contains("umask") {
            let mode = backup.metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        std::fs::remove_file(backup).unwrap();
    }
    drop(started);
}

/// The page of the configuration has a row for each key, and the program knows each key in it.
#[test]
fn every_key_of_the_configuration_is_on_its_page() {
    let page = block::page("configuration.md");
    let told = Shell::new().run("parlor config check 2>&1");
    let keys: BTreeSet<_> = told
        .lines()
        .filter_map(|line| line.strip_prefix("# ").unwrap_or(line).split_once(' '))
        .filter(|(_, rest)| rest.starts_with('=') || rest.starts_with("is not set"))
        .map(|(key, _)| key)
        .collect();
    assert!(
        keys.contains("http.listen") && keys.contains("http.public_url"),
        "{told}"
    );
    for key in &keys {
        // Several keys of one table can be in one row: the first one whole.
        let last = key.rsplit('.').next().unwrap();
        let named = page.contains(&format!("`{key}`")) || page.contains(&format!("`.{last}`"));
        assert!(named, "{key} is not on the page");
    }
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `"));
    let named = rows.filter_map(|row| row.split('`').next());
    // Of a list of tables, the program prints each entry that there is.
    for key in named.filter(|key| key.contains('.') && *key != "model.providers") {
        assert!(keys.contains(key), "{key} is on the page, and no key");
    }
}
