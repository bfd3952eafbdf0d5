//! Writing, failing, rotating, starting again.

use std::{
    error::Error as _,
    fs::{self, OpenOptions},
    io::Write as _,
    path::{Path, PathBuf},
};

use parlor_application::ports::{AuditRecord, AuditSink as _, SinkError};
use parlor_audit_file::{AuditFiles, AuditLines, FileAuditSink, FileSinkError, FileSinkOptions};
use parlor_domain::ids::{AuditEntryId, ConversationId, OrganizationId, UserId};
use serde_json::json;
use tempfile::TempDir;

/// A folder with an audit file in it.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("audit.jsonl")
    }

    fn sink(&self) -> FileAuditSink {
        self.rotating(None, None)
    }

    fn rotating(&self, rotate_bytes: Option<u64>, keep: Option<usize>) -> FileAuditSink {
        FileAuditSink::new(FileSinkOptions {
            path: self.path(),
            rotate_bytes,
            keep,
        })
    }

    fn lines(&self) -> Vec<String> {
        AuditLines::open(&[self.path()])
            .unwrap()
            .map(|line| String::from_utf8(line.unwrap().bytes).unwrap())
            .collect()
    }

    fn append(&self, text: &str) {
        let mut file = OpenOptions::new().append(true).open(self.path()).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }
}

fn entry(number: u32) -> AuditRecord {
    let id = json!({ "id": number }).to_string();
    AuditRecord {
        id: AuditEntryId::from_uuid("0190a2b4-7e1c-7cc0-98c4-dc0c0c07398f".parse().unwrap()),
        organization_id: OrganizationId::from_uuid(
            "0190a2b4-7e1c-7cc0-98c4-dc0c0c073990".parse().unwrap(),
        ),
        conversation_id: None::<ConversationId>,
        actor_id: UserId::from_uuid("0190a2b4-7e1c-7cc0-98c4-dc0c0c073991".parse().unwrap()),
        document: id,
    }
}

fn entries(numbers: std::ops::Range<u32>) -> Vec<AuditRecord> {
    numbers.map(entry).collect()
}

fn documents(numbers: std::ops::Range<u32>) -> Vec<String> {
    numbers.map(|number| entry(number).document).collect()
}

#[tokio::test]
async fn a_whole_entry_that_only_lacks_its_line_break_stays() {
    let place = Place::new();
    place.sink().deliver(&entries(0..2)).await.unwrap();
    let text = fs::read_to_string(place.path()).unwrap();
    fs::write(place.path(), text.trim_end()).unwrap();
    place.sink().deliver(&entries(2..3)).await.unwrap();
    assert_eq!(place.lines(), documents(0..3));
    assert!(fs::read_to_string(place.path()).unwrap().ends_with('\n'));
}

fn cause(error: &SinkError) -> &FileSinkError {
    error.source().unwrap().downcast_ref().unwrap()
}

#[tokio::test]
async fn entries_stand_one_a_line_in_the_order_in_which_they_came() {
    let place = Place::new();
    let sink = place.sink();
    sink.deliver(&entries(0..3)).await.unwrap();
    sink.deliver(&entries(3..5)).await.unwrap();
    assert_eq!(place.lines(), documents(0..5));
}

#[tokio::test]
async fn another_start_goes_on_behind_what_is_there() {
    let place = Place::new();
    place.sink().deliver(&entries(0..2)).await.unwrap();
    place.sink().deliver(&entries(2..4)).await.unwrap();
    assert_eq!(place.lines(), documents(0..4));
}

#[cfg(unix)]
#[tokio::test]
async fn the_file_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::new();
    place.sink().deliver(&entries(0..1)).await.unwrap();
    let mode = fs::metadata(place.path()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test]
async fn a_line_that_a_crash_tore_is_cut_off_and_written_again() {
    let place = Place::new();
    place.sink().deliver(&entries(0..2)).await.unwrap();
    place.append("{\"id\":");
    place.sink().deliver(&entries(2..3)).await.unwrap();
    assert_eq!(place.lines(), documents(0..3));
}

#[tokio::test]
async fn a_file_that_is_no_audit_file_is_left_alone() {
    let place = Place::new();
    fs::write(place.path(), "Dear diary").unwrap();
    let error = place.sink().deliver(&entries(0..1)).await.unwrap_err();
    assert!(matches!(cause(&error), FileSinkError::Foreign { .. }));
    assert_eq!(fs::read_to_string(place.path()).unwrap(), "Dear diary");
}

#[tokio::test]
async fn what_others_append_without_a_line_break_gets_a_line_of_its_own() {
    for text in ["a note", "{\"a\":", "two\nlines", "a line\n", "\n"] {
        let place = Place::new();
        let sink = place.sink();
        sink.deliver(&entries(0..2)).await.unwrap();
        place.append(text);
        sink.deliver(&entries(2..3)).await.unwrap();
        sink.deliver(&entries(3..4)).await.unwrap();
        let foreign = text.lines().map(str::to_owned);
        let expected: Vec<_> = documents(0..2)
            .into_iter()
            .chain(foreign)
            .chain(documents(2..4))
            .collect();
        assert_eq!(place.lines(), expected, "{text:?}");
    }
}

#[tokio::test]
async fn what_others_appended_while_nobody_wrote_gets_a_line_of_its_own() {
    let place = Place::new();
    place.sink().deliver(&entries(0..2)).await.unwrap();
    place.append("a note");
    place.sink().deliver(&entries(2..3)).await.unwrap();
    let mut expected = documents(0..2);
    expected.push("a note".to_owned());
    expected.extend(documents(2..3));
    assert_eq!(place.lines(), expected);
}

#[tokio::test]
async fn a_file_that_others_cut_is_written_on() {
    let place = Place::new();
    let sink = place.sink();
    sink.deliver(&entries(0..2)).await.unwrap();
    // As logrotate's `copytruncate` does.
    OpenOptions::new()
        .write(true)
        .truncate(true)
        .open(place.path())
        .unwrap();
    sink.deliver(&entries(2..3)).await.unwrap();
    assert_eq!(place.lines(), documents(2..3));
}

#[tokio::test]
async fn two_writers_do_not_share_a_file() {
    let place = Place::new();
    let first = place.sink();
    first.deliver(&entries(0..1)).await.unwrap();
    let second = place.sink();
    let error = second.deliver(&entries(1..2)).await.unwrap_err();
    assert!(matches!(cause(&error), FileSinkError::InUse { .. }));
    drop(first);
    second.deliver(&entries(1..2)).await.unwrap();
    assert_eq!(place.lines(), documents(0..2));
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_full_disk_is_an_error_until_there_is_room() {
    let place = Place::new();
    std::os::unix::fs::symlink("/dev/full", place.path()).unwrap();
    let sink = place.sink();
    for _ in 0..2 {
        let error = sink.deliver(&entries(0..2)).await.unwrap_err();
        assert!(matches!(cause(&error), FileSinkError::Write { source, .. }
                if source.kind() == std::io::ErrorKind::StorageFull));
    }
    fs::remove_file(place.path()).unwrap();
    sink.deliver(&entries(0..2)).await.unwrap();
    assert_eq!(place.lines(), documents(0..2));
}

#[tokio::test]
async fn a_disk_that_is_away_is_an_error_until_it_is_back() {
    let place = Place::new();
    let sink = place.sink();
    sink.deliver(&entries(0..1)).await.unwrap();
    let away = tempfile::tempdir().unwrap();
    let elsewhere = away.path().join("folder");
    fs::rename(place.folder.path(), &elsewhere).unwrap();
    let error = sink.deliver(&entries(1..2)).await.unwrap_err();
    assert!(matches!(cause(&error), FileSinkError::Open { .. }));
    fs::rename(&elsewhere, place.folder.path()).unwrap();
    sink.deliver(&entries(1..2)).await.unwrap();
    assert_eq!(place.lines(), documents(0..2));
}

#[tokio::test]
async fn a_file_that_somebody_moved_away_is_begun_anew() {
    let place = Place::new();
    let sink = place.sink();
    sink.deliver(&entries(0..1)).await.unwrap();
    fs::rename(place.path(), place.folder.path().join("kept")).unwrap();
    sink.deliver(&entries(1..2)).await.unwrap();
    assert_eq!(place.lines(), documents(1..2));
}

#[tokio::test]
async fn a_file_that_would_grow_too_long_is_rotated_and_nothing_is_lost() {
    let place = Place::new();
    let line = entry(0).document.len() as u64 + 1;
    let sink = place.rotating(Some(2 * line), None);
    for number in 0..7 {
        sink.deliver(&entries(number..number + 1)).await.unwrap();
    }
    let files = AuditFiles::find(&place.path()).unwrap();
    assert_eq!(files.rotated().len(), 3);
    assert!(files.begins_at_the_first());
    for path in files.rotated() {
        assert_eq!(fs::metadata(path).unwrap().len(), 2 * line);
    }
    assert_eq!(place.lines(), documents(0..7));
}

#[tokio::test]
async fn entries_that_come_together_stay_in_one_file() {
    let place = Place::new();
    let sink = place.rotating(Some(1), None);
    sink.deliver(&entries(0..3)).await.unwrap();
    sink.deliver(&entries(3..6)).await.unwrap();
    let files = AuditFiles::find(&place.path()).unwrap();
    assert_eq!(files.rotated().len(), 1);
    assert_eq!(place.lines(), documents(0..6));
}

#[tokio::test]
async fn only_as_many_rotated_files_are_kept_as_was_told() {
    let place = Place::new();
    let sink = place.rotating(Some(1), Some(2));
    for number in 0..5 {
        sink.deliver(&entries(number..number + 1)).await.unwrap();
    }
    let files = AuditFiles::find(&place.path()).unwrap();
    let names: Vec<_> = files.rotated().filter_map(Path::extension).collect();
    assert_eq!(names, ["000003", "000004"]);
    assert!(!files.begins_at_the_first());
    assert_eq!(place.lines(), documents(2..5));
}

#[tokio::test]
async fn an_entry_of_two_lines_is_rejected() {
    let place = Place::new();
    let mut two = entry(0);
    two.document.push('\n');
    let error = place.sink().deliver(&[two.clone()]).await.unwrap_err();
    assert!(matches!(error, SinkError::Rejected { id, .. } if id == two.id));
    assert!(!place.path().exists());
}
