//! What handlers take out of a request, in the order in which they name it: the caller first, then the path, the query, the
//! headers, and the body last. Each refuses what it does not understand.

mod accept;
mod body;
mod caller;
mod idempotency_key;
mod if_match;
mod last_event_id;
mod origin;
mod path;
mod query;

pub(crate) use accept::AnswerForm;
pub(crate) use body::{JsonBody, OptionalJsonBody};
pub(crate) use caller::{And, Authenticated, Bringing, Visiting, refused};
pub(crate) use idempotency_key::{IdempotencyKeyHeader, header_parameter};
pub(crate) use if_match::IfMatch;
pub(crate) use last_event_id::LastEventId;
pub(crate) use origin::tell_origin;
pub(crate) use path::{ConversationPath, MessagePath};
pub(crate) use query::{Limit, NoQuery, PageQuery, StrictQuery};
