//! How far an answer has come, as far as it is stored: what may be shown.

use parlor_domain::message::AnswerStatus;
use tokio::sync::watch;

/// The stored text so far, and how it ended once it has.
#[derive(Debug, Clone, Default)]
pub(super) struct Progress {
    pub text: String,
    pub ended: Option<AnswerStatus>,
}

/// The writer's side.
pub(super) type ProgressSender = watch::Sender<Progress>;
/// A follower's side. It cannot lag: it always sees the newest text.
pub(super) type ProgressReceiver = watch::Receiver<Progress>;
