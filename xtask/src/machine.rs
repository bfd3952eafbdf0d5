//! What a task needs of the machine beside Rust: it is installed where that can be done unasked, and named
//! where it cannot. Nothing is skipped in silence.

use std::env;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::shell;

/// Makes sure that `is_there` holds: by installing Debian's `packages` when this is Debian and we are root.
///
/// # Errors
/// Names what is missing and how to get it.
pub fn ensure(what: &str, packages: &[&str], is_there: impl Fn() -> bool) -> Result<()> {
    if is_there() {
        return Ok(());
    }
    let names = packages.join(" ");
    let may_install = shell::answers("apt-get", &["--version"]) && is_root();
    if !may_install {
        bail!("{what} is missing: install it (on Debian: `apt-get install {names}`)");
    }
    println!("{what} is missing: installing Debian's {names}");
    let apt_get = || {
        let mut command = Command::new("apt-get");
        command
            .env("DEBIAN_FRONTEND", "noninteractive")
            .arg("--quiet=2");
        // What it unpacks is nobody's concern; what goes wrong comes on standard error.
        command.stdout(Stdio::null());
        command
    };
    shell::run(apt_get().arg("update"))?;
    shell::run(
        apt_get()
            .args(["install", "--yes", "--no-install-recommends"])
            .args(packages),
    )?;
    if !is_there() {
        bail!("{what} is still missing after `apt-get install {names}`");
    }
    Ok(())
}

/// What the build of the feature `kafka` needs: librdkafka is C, and comes as source.
///
/// # Errors
/// As [`ensure`].
pub fn ensure_kafka_builds() -> Result<()> {
    const TOOLS: &[(&str, &[&str])] = &[
        ("cc", &["--version"]),
        ("c++", &["--version"]),
        ("make", &["--version"]),
        ("pkg-config", &["--exists", "openssl"]),
    ];
    ensure(
        "what the feature `kafka` is built with (make, a C and a C++ compiler, pkg-config and OpenSSL's headers)",
        &[
            "make",
            "gcc",
            "g++",
            "libc6-dev",
            "pkg-config",
            "libssl-dev",
        ],
        || {
            TOOLS
                .iter()
                .all(|(program, arguments)| shell::answers(program, arguments))
        },
    )
}

/// What it takes to start a program in another root folder, as another user: root, and three programs.
///
/// # Errors
/// Names what is missing.
pub fn ensure_image_root(part: &str) -> Result<&'static str> {
    if !is_root() {
        bail!(
            "only root can start the service in the image's root folder, as the image's user \
             (`--without {part}` leaves it out, with its tests)"
        );
    }
    ensure(
        "unshare, chroot or ldd, with which the image's root folder is made and entered,",
        &["util-linux", "coreutils", "libc-bin", "ca-certificates"],
        || {
            let answers = |program: &&str| shell::answers(program, &["--version"]);
            ["unshare", "chroot", "ldd"].iter().all(answers)
                && Path::new("/etc/ssl/certs/ca-certificates.crt").is_file()
        },
    )?;
    if !shell::answers("unshare", &["--mount", "true"]) {
        bail!(
            "`unshare --mount` is refused here, so the image's root folder cannot be made read-only \
             (`--without {part}` leaves it out, with its tests)"
        );
    }
    Ok("unshare and chroot, as root")
}

/// Whether this process is root's.
pub fn is_root() -> bool {
    shell::output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

/// Where fetched things are kept between runs, outside the repository: `$PARLOR_CACHE_DIR`, or the user's
/// own cache folder.
pub fn cache() -> Result<PathBuf> {
    let set = |name: &str| {
        env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    let folder = set("PARLOR_CACHE_DIR")
        .or_else(|| set("XDG_CACHE_HOME").map(|caches| caches.join("parlor-xtask")))
        .or_else(|| set("HOME").map(|home| home.join(".cache/parlor-xtask")))
        .context("set PARLOR_CACHE_DIR to a folder for what is fetched: there is no HOME")?;
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    Ok(folder)
}

/// A port that nobody listens on, for a server that cannot choose one itself.
pub fn free_port() -> Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).context("cannot listen on 127.0.0.1")?;
    Ok(listener.local_addr()?.port())
}
