//! The rows that both stores in SQL have, with the columns of this one.

use parlor_store_sql::rows;

use crate::convert::SqliteColumns;

pub(crate) type ConversationRow = rows::ConversationRow<SqliteColumns>;
pub(crate) type ForeseenRow = rows::ForeseenRow<SqliteColumns>;
pub(crate) type MemberRow = rows::MemberRow<SqliteColumns>;
pub(crate) type MessageRow = rows::MessageRow<SqliteColumns>;
pub(crate) type OpeningRow = rows::OpeningRow<SqliteColumns>;
pub(crate) type PersonRow = rows::PersonRow<SqliteColumns>;
pub(crate) type SearchRow = rows::SearchRow<SqliteColumns>;
pub(crate) type SummaryRow = rows::SummaryRow<SqliteColumns>;
pub(crate) type VisitRow = rows::VisitRow<SqliteColumns>;
