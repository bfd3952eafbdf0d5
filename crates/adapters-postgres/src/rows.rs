//! The rows that both stores in SQL have, with the columns of this one.

use parlor_store_sql::rows;

use crate::convert::PostgresColumns;

pub(crate) type ConversationRow = rows::ConversationRow<PostgresColumns>;
pub(crate) type ForeseenRow = rows::ForeseenRow<PostgresColumns>;
pub(crate) type MemberRow = rows::MemberRow<PostgresColumns>;
pub(crate) type MessageRow = rows::MessageRow<PostgresColumns>;
pub(crate) type OpeningRow = rows::OpeningRow<PostgresColumns>;
pub(crate) type PersonRow = rows::PersonRow<PostgresColumns>;
pub(crate) type SearchRow = rows::SearchRow<PostgresColumns>;
pub(crate) type SummaryRow = rows::SummaryRow<PostgresColumns>;
pub(crate) type VisitRow = rows::VisitRow<PostgresColumns>;
