//! The image: its root folder, as the Dockerfile makes it, is enough for the program, which runs there as the Dockerfile says.

use std::{
    fs::{File, Permissions},
    future::ready,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use tempfile::TempDir;

use crate::harness::{As, free_port, is_left_out, signal, within};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Mounts the folder `$1` read-only, with its folder `$2` writable, and starts the rest there as the user `$3`.
const START: &str = r#"
root=$1 data=$2 user=$3
shift 3
mount --bind "$root" "$root"
mount --bind "$root$data" "$root$data"
mount -o remount,bind,ro "$root"
exec chroot --userspec="$user" "$root" "$@"
"#;

/// What the Dockerfile says of how the image is made and started.
struct Dockerfile(String);

impl Dockerfile {
    fn read() -> Self {
        Self(std::fs::read_to_string(repository().join("Dockerfile")).unwrap())
    }

    /// What follows each instruction of this name.
    fn all(&self, instruction: &str) -> Vec<&str> {
        let lines = self.0.lines();
        lines
            .filter_map(|line| line.strip_prefix(instruction)?.strip_prefix(' '))
            .collect()
    }

    /// What follows the one instruction of this name.
    fn one(&self, instruction: &str) -> &str {
        let [only] = self.all(instruction)[..] else {
            panic!("one {instruction} in the Dockerfile");
        };
        only
    }

    /// The words of a JSON array in an instruction.
    fn words(text: &str) -> Vec<String> {
        let (_, array) = text.split_once('[').unwrap();
        serde_json::from_str(&format!("[{array}")).unwrap()
    }
}

/// The image's root, and how the Dockerfile starts what is in it.
struct Image {
    root: TempDir,
    dockerfile: Dockerfile,
    address: String,
    metrics: String,
}

impl Image {
    /// Assembles it by the Dockerfile's own script.
    fn assembled() -> Self {
        let dockerfile = Dockerfile::read();
        let script = "deploy/image-root.sh";
        let call = format!("{script} target/release/parlor /image");
        assert!(dockerfile.0.contains(&call), "the Dockerfile runs {call}");
        assert!(dockerfile.0.contains("COPY --from=build /image /\n"));
        let root = TempDir::new().unwrap();
        std::fs::set_permissions(root.path(), Permissions::from_mode(0o755)).unwrap();
        let made = Command::new(repository().join(script))
            .arg(env!("CARGO_BIN_EXE_parlor"))
            .arg(root.path())
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?}");
        let [address, metrics] = [free_port(), free_port()].map(|port| format!("127.0.0.1:{port}"));
        Self {
            root,
            dockerfile,
            address,
            metrics,
        }
    }

    /// A program in it, started as the Dockerfile says.
    fn start(&self, words: &[String]) -> Command {
        let root = self.root.path();
        let mut command = Command::new("unshare");
        command
            .args(["--mount", "--", "sh", "-euc", START, "start"])
            .arg(root)
            .arg(self.dockerfile.one("VOLUME"))
            .arg(self.dockerfile.one("USER"))
            .args(words)
            .env_clear()
            .env("PATH", std::env::var("PATH").unwrap())
            .env("PARLOR_HTTP__LISTEN", &self.address)
            .env("PARLOR_METRICS__LISTEN", &self.metrics)
            .stdin(Stdio::null());
        for pair in self.dockerfile.all("ENV") {
            let (key, value) = pair.split_once('=').unwrap();
            command.env(key, value);
        }
        command
    }

    fn log(&self) -> PathBuf {
        self.root.path().with_extension("log")
    }

    /// Starts the service, and waits until the image's own health check finds it well.
    async fn serve(&self) -> Running {
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.log())
            .unwrap();
        let words = Dockerfile::words(self.dockerfile.one("ENTRYPOINT"));
        let mut command = self.start(&words);
        command.stdout(log.try_clone().unwrap()).stderr(log);
        let mut running = Running(command.spawn().unwrap());
        let check = Dockerfile::words(self.dockerfile.one("HEALTHCHECK"));
        within(Duration::from_secs(30), "it is healthy", || {
            let log = || std::fs::read_to_string(self.log()).unwrap();
            assert_eq!(running.0.try_wait().unwrap(), None, "{}", log());
            let checked = self.start(&check).output().unwrap();
            ready(checked.status.success().then_some(()))
        })
        .await;
        running
    }

    fn alice(&self) -> As {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let base = format!("http://{}", self.address);
        As::new(http, vec![base], Some("demo-alice".to_owned()))
    }
}

impl Drop for Image {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(self.log());
    }
}

/// The service in the image. It is killed with this value.
struct Running(Child);

impl Running {
    /// SIGTERM, as an engine stops a container.
    async fn stop(mut self) {
        signal(self.0.id(), "TERM");
        let status = within(Duration::from_secs(30), "it ends", || {
            ready(self.0.try_wait().unwrap())
        })
        .await;
        assert_eq!(status.code(), Some(0));
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn the_images_root_is_all_that_the_service_needs_as_an_ordinary_user() {
    if is_left_out("image-root") {
        return;
    }
    let image = Image::assembled();
    let running = image.serve().await;

    // It is the Dockerfile's user, who is not root, and can write to nothing but the data folder.
    let process = PathBuf::from(format!("/proc/{}", running.0.id()));
    let about = process.metadata().unwrap();
    let user = format!("{}:{}", about.uid(), about.gid());
    assert_eq!(user, image.dockerfile.one("USER"));
    assert_ne!(about.uid(), 0);
    let inside = process.join("root");
    for folder in ["", "tmp", "usr/bin", "etc"] {
        let written = File::create(inside.join(folder).join("written"));
        let refused = written.unwrap_err();
        assert_eq!(
            refused.kind(),
            std::io::ErrorKind::ReadOnlyFilesystem,
            "/{folder}"
        );
    }
    let shells = ["bin/sh", "usr/bin/sh", "bin/bash", "usr/bin/env"];
    assert!(shells.iter().all(|shell| !inside.join(shell).exists()));

    // It keeps what it is told, also over a restart.
    let alice = image.alice();
    let id = alice.create("In the image").await;
    let answered = alice.prompt(&id, "Are you there?").await;
    assert_eq!(answered["assistant_message"]["status"], "complete");
    running.stop().await;
    let running = image.serve().await;
    let path = format!("/conversations/{id}");
    assert_eq!(alice.get(&path).await.expect(200)["title"], "In the image");
    let data = image.root.path().join("data");
    assert!(data.join("parlor.db").is_file() && data.join("audit.jsonl").is_file());
    running.stop().await;
}
