//! How far an answer has come, as far as it is stored: what may be shown.

use tokio::sync::watch;

/// The stored text so far, and whether that is all. How it ended stands in the store: an answer may be ended elsewhere.
#[derive(Debug, Clone, Default)]
pub(super) struct Progress {
    pub text: String,
    pub ended: bool,
}

/// The writer's side.
pub(super) type ProgressSender = watch::Sender<Progress>;
/// A follower's side. It cannot lag: it always sees the newest text.
pub(super) type ProgressReceiver = watch::Receiver<Progress>;
