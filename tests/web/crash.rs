//! Why a tab of the browser crashed: what the browser wrote down, and what its dumps say.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// What the browser writes, beside the driver's own lines.
pub const LOG: &str = "browser.log";

/// Where the browser puts its dumps.
pub const DUMPS: &str = "crashes";

/// What the browser writes when a tab goes down without a dump, as when the kernel killed it.
const WITHOUT_A_DUMP: &[&str] = &["Tab Killed", "Tab Crashed", "Tab Ran Out Of Memory"];

/// The streams of a minidump that are read here.
const EXCEPTION: u32 = 6;
const THREAD_NAMES: u32 = 24;

/// What is known of a crash; nothing if there was none.
pub fn report(folder: &Path) -> Option<String> {
    let log = fs::read(folder.join(LOG)).unwrap_or_default();
    let log = String::from_utf8_lossy(&log);
    let dumps = dumps(folder);
    let was_killed = WITHOUT_A_DUMP.iter().any(|words| log.contains(words));
    if dumps.is_empty() && !was_killed {
        return None;
    }
    let mut lines: Vec<String> = dumps.iter().map(|dump| describe(dump)).collect();
    lines.push("The browser wrote:".to_owned());
    // That there is no bus of the desktop, the browser says a hundred times.
    let said = log.lines().filter(|line| !line.contains("dbus"));
    lines.extend(said.map(str::to_owned));
    Some(lines.join("\n"))
}

/// The dumps, oldest first.
pub fn dumps(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder.join(DUMPS).join("pending"));
    let files = entries.into_iter().flatten().flatten();
    let files = files.map(|file| file.path());
    let mut dumps: Vec<PathBuf> = files
        .filter(|file| file.extension().is_some_and(|kind| kind == "dmp"))
        .collect();
    dumps.sort_by_key(|dump| fs::metadata(dump).and_then(|it| it.modified()).ok());
    dumps
}

fn describe(dump: &Path) -> String {
    let bytes = fs::read(dump).unwrap_or_default();
    match Dump(&bytes).cause() {
        Some((signal, thread)) => {
            format!("A process of the browser ended by signal {signal}, in its thread `{thread}`.")
        }
        None => "A process of the browser crashed; its dump cannot be read.".to_owned(),
    }
}

/// A minidump, as Crashpad writes it.
struct Dump<'a>(&'a [u8]);

impl Dump<'_> {
    /// The signal, and the name of the thread that got it.
    fn cause(&self) -> Option<(u32, String)> {
        let exception = self.stream(EXCEPTION)?;
        let thread = self.number(exception)?;
        let signal = self.number(exception + 8)?;
        let name = self.thread_name(thread);
        Some((signal, name.unwrap_or_else(|| "?".to_owned())))
    }

    fn stream(&self, kind: u32) -> Option<usize> {
        let (count, directory) = (self.number(8)?, self.place(12)?);
        let mut entries = (0..count as usize).map(|entry| directory + 12 * entry);
        let found = entries.find(|&entry| self.number(entry) == Some(kind))?;
        self.place(found + 8)
    }

    fn thread_name(&self, thread: u32) -> Option<String> {
        let names = self.stream(THREAD_NAMES)?;
        let count = self.number(names)? as usize;
        let mut entries = (0..count).map(|entry| names + 4 + 12 * entry);
        let found = entries.find(|&entry| self.number(entry) == Some(thread))?;
        let text = self.place(found + 4)?;
        let length = self.number(text)? as usize;
        let bytes = self.0.get(text + 4..text + 4 + length)?;
        let units = bytes
            .chunks_exact(2)
            .map(|unit| u16::from_le_bytes([unit[0], unit[1]]));
        Some(String::from_utf16_lossy(&units.collect::<Vec<_>>()))
    }

    fn place(&self, at: usize) -> Option<usize> {
        self.number(at).map(|place| place as usize)
    }

    fn number(&self, at: usize) -> Option<u32> {
        let bytes = self.0.get(at..at + 4)?;
        Some(u32::from_le_bytes(bytes.try_into().ok()?))
    }
}
