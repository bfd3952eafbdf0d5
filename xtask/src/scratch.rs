//! A folder and processes that go away with this process, however it ends: also by Ctrl-C, and by `kill -9`,
//! where no line of this program runs any more. So a shell beside it does the sweeping: it reads from a pipe that ends
//! when this process does.

use std::env;
use std::fs;
use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio, id};
use std::rc::Rc;
use std::time::{Duration, Instant};
use std::{cell::RefCell, thread};

use anyhow::{Context as _, Result, bail};

use crate::shell;

/// What the shell does: `+ PID` is a process to end when this one does, `- PID` one that has ended, `end PID` one to end
/// now. SIGQUIT is the signal upon which PostgreSQL ends at once, and everything else too.
const SWEEP: &str = r#"
trap '' INT TERM QUIT HUP
end() {
    kill -QUIT "$@"
    tries=0
    for pid; do
        while kill -0 "$pid" && [ "$tries" -lt 50 ]; do sleep 0.1; tries=$((tries + 1)); done
        kill -0 "$pid" && kill -KILL "$pid"
    done
}
running=
without() {
    kept=
    for other in $running; do [ "$other" = "$1" ] || kept="$kept $other"; done
    running=$kept
}
while read -r word pid; do
    case $word in
        +) running="$running $pid" ;;
        -) without "$pid" ;;
        end) end "$pid"; without "$pid" ;;
    esac
done
[ -z "$running" ] || end $running
rm -rf "$1" || { sleep 1; rm -rf "$1"; }
"#;

/// A folder of this process that goes away with the value, or with the process.
pub struct Scratch {
    folder: PathBuf,
    sweeper: Rc<Sweeper>,
}

impl Scratch {
    /// Makes the folder, empty, under the system's folder for temporary files.
    pub fn new(purpose: &str) -> Result<Self> {
        let folder = env::temp_dir().join(format!("parlor-{purpose}-{}", id()));
        if folder.exists() {
            fs::remove_dir_all(&folder)
                .with_context(|| format!("cannot clear {}", folder.display()))?;
        }
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let sweeper = Rc::new(Sweeper::start(&folder)?);
        Ok(Self { folder, sweeper })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.folder
    }

    /// Starts a process that ends when the answered value goes away. Ctrl-C does not reach it, so that who works with it
    /// can end first.
    pub fn start(&self, command: &mut Command) -> Result<Running> {
        self.spawn(command.process_group(0).stdin(Stdio::null()))
    }

    /// Runs `command` with this terminal, and ends it when this process is ended.
    pub fn status(&self, command: &mut Command) -> Result<ExitStatus> {
        self.spawn(command)?.wait()
    }

    fn spawn(&self, command: &mut Command) -> Result<Running> {
        let process = command
            .spawn()
            .with_context(|| format!("cannot start {}", shell::line(command)))?;
        let running = Running {
            process,
            ended: false,
            sweeper: Rc::clone(&self.sweeper),
        };
        self.sweeper.say("+", running.process.id())?;
        Ok(running)
    }
}

/// A process that ends with this value.
pub struct Running {
    process: Child,
    /// Whether it has been waited for, after which its id may be somebody else's.
    ended: bool,
    sweeper: Rc<Sweeper>,
}

impl Running {
    /// Waits until `asks` has an answer, which it answers. An early end, or none `within` that time, is an error with the
    /// end of its log.
    pub fn ready<T>(
        &mut self,
        what: &str,
        within: Duration,
        log: &Path,
        mut asks: impl FnMut() -> Option<T>,
    ) -> Result<T> {
        let begin = Instant::now();
        loop {
            // Before the question: if its port is somebody else's, the answer may be theirs too.
            if let Some(status) = self.process.try_wait()? {
                self.has_ended();
                bail!("{what} ended with {status}{}", end_of_log(log));
            }
            if let Some(answer) = asks() {
                return Ok(answer);
            }
            if begin.elapsed() > within {
                bail!("{what} did not answer within {within:?}{}", end_of_log(log));
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn wait(mut self) -> Result<ExitStatus> {
        let status = self.process.wait()?;
        self.has_ended();
        Ok(status)
    }

    fn has_ended(&mut self) {
        self.ended = true;
        // Without the sweeper nobody acts upon the id.
        let _ = self.sweeper.say("-", self.process.id());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        if self.sweeper.say("end", self.process.id()).is_err() {
            // It may have ended by itself, which is as well.
            let _ = self.process.kill();
        }
        let _ = self.process.wait();
    }
}

/// The last lines of a log, for an error.
fn end_of_log(log: &Path) -> String {
    let log = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = log.lines().collect();
    let last = lines.iter().skip(lines.len().saturating_sub(20)).copied();
    format!(
        "; the end of its log:\n{}",
        last.collect::<Vec<_>>().join("\n")
    )
}

/// The shell that sweeps. When its input ends it ends what runs, and removes the folder.
struct Sweeper {
    shell: RefCell<Child>,
    input: RefCell<Option<ChildStdin>>,
}

impl Sweeper {
    fn start(folder: &Path) -> Result<Self> {
        let mut shell = Command::new("sh")
            .args(["-c", SWEEP, "parlor-sweeper"])
            .arg(folder)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .context("cannot start sh")?;
        let input = shell.stdin.take();
        Ok(Self {
            shell: RefCell::new(shell),
            input: RefCell::new(input),
        })
    }

    fn say(&self, word: &str, pid: u32) -> Result<()> {
        let mut input = self.input.borrow_mut();
        let input = input.as_mut().context("the sweeper has no input")?;
        writeln!(input, "{word} {pid}").context("the sweeper is gone")
    }
}

impl Drop for Sweeper {
    fn drop(&mut self) {
        self.input.take();
        // What is left of a temporary folder harms nobody.
        let _ = self.shell.borrow_mut().wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(pid: u32) -> bool {
        shell::quiet(Command::new("kill").args(["-0", &pid.to_string()]))
    }

    #[test]
    fn the_folder_and_what_was_started_go_with_the_value() {
        let scratch = Scratch::new("scratch-test").unwrap();
        let folder = scratch.path().to_owned();
        let running = scratch.start(Command::new("sleep").arg("600")).unwrap();
        let pid = running.process.id();
        assert!(folder.is_dir() && runs(pid));

        drop(running);
        assert!(!runs(pid));
        drop(scratch);
        assert!(!folder.exists());
    }

    #[test]
    fn what_runs_is_ended_when_the_sweeper_hears_no_more() {
        let scratch = Scratch::new("sweeper-test").unwrap();
        let folder = scratch.path().to_owned();
        // One that SIGQUIT ends, and one that takes no notice of it.
        let script = "trap '' QUIT; exec sleep 600";
        let mut stubborn = scratch
            .start(Command::new("sh").args(["-c", script]))
            .unwrap();
        let mut docile = scratch.start(Command::new("sleep").arg("600")).unwrap();

        scratch.sweeper.input.take();

        docile.process.wait().unwrap();
        stubborn.process.wait().unwrap();
        (docile.ended, stubborn.ended) = (true, true);
        drop((docile, stubborn));
        drop(scratch);
        assert!(!folder.exists());
    }

    #[test]
    fn a_process_that_ends_before_it_is_ready_is_an_error_with_its_log() {
        let scratch = Scratch::new("ready-test").unwrap();
        let log = scratch.path().join("log");
        fs::write(&log, "no such thing\n").unwrap();
        let mut running = scratch.start(&mut Command::new("false")).unwrap();

        let error = running
            .ready("the server", Duration::from_mins(1), &log, || None::<()>)
            .unwrap_err();

        let text = error.to_string();
        assert!(
            text.starts_with("the server ended with exit status: 1"),
            "{text}"
        );
        assert!(text.ends_with("no such thing"), "{text}");
    }
}
