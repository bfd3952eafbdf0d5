//! Where the store is, and reading from a state that is new enough.

use std::ops::ControlFlow;

use async_trait::async_trait;
use parlor_application::ports::{StoreError, StorePosition, StorePositions};
use parlor_domain::ids::OrganizationId;
use sqlx::query_file_scalar;

use crate::{
    PostgresStore, connection::Connection, error::is_connection_useless, pool::Session,
    replica::Replica,
};

/// Reads by one statement: asks it over the connection of a [`Reading`], and once more over another one where that one turns out to
/// be of no use.
macro_rules! read {
    ($reading:expr, $connection:ident => $statement:expr) => {{
        let mut reading = $reading.await?;
        loop {
            let $connection = reading.connection();
            let answered = $statement.await;
            match reading.done(answered).await? {
                ::std::ops::ControlFlow::Break(answer) => break answer,
                ::std::ops::ControlFlow::Continue(other) => reading = other,
            }
        }
    }};
}
pub(crate) use read;

/// The connection of a statement that only reads.
pub(crate) struct Reading<'a> {
    store: &'a PostgresStore,
    /// `None` for what is no organization's.
    organization_id: Option<OrganizationId>,
    session: Session,
    /// Whose connection it is; `None` for the primary's.
    replica: Option<&'a Replica>,
}

impl PostgresStore {
    /// Reads from the primary: whatever was committed before.
    pub(crate) async fn reading(
        &self,
        organization_id: impl Into<Option<OrganizationId>>,
    ) -> Result<Reading<'_>, StoreError> {
        let organization_id = organization_id.into();
        let session = match organization_id {
            Some(organization_id) => self.session(organization_id).await?,
            None => self.transaction_session().await?,
        };
        Ok(Reading {
            store: self,
            organization_id,
            session,
            replica: None,
        })
    }

    /// Reads from a state that has everything before `at_least`: from the replica where it has come so far.
    pub(crate) async fn reading_at(
        &self,
        organization_id: OrganizationId,
        at_least: StorePosition,
    ) -> Result<Reading<'_>, StoreError> {
        if let Some(replica) = self.replica()
            && let Some(session) = replica.session(organization_id, at_least).await
        {
            return Ok(Reading {
                store: self,
                organization_id: Some(organization_id),
                session,
                replica: Some(replica),
            });
        }
        self.reading(organization_id).await
    }
}

impl Reading<'_> {
    pub(crate) fn connection(&mut self) -> &mut Connection {
        &mut self.session
    }

    /// What the statement answered; or another connection to ask it over: where the replica failed, the primary's, and where the
    /// primary was restarted since the connection was used, a new one.
    pub(crate) async fn done<T>(
        self,
        answered: Result<T, sqlx::Error>,
    ) -> Result<ControlFlow<T, Self>, StoreError> {
        let (store, organization_id) = (self.store, self.organization_id);
        match answered {
            Ok(answer) => {
                self.session.give_back();
                return Ok(ControlFlow::Break(answer));
            }
            Err(error) if let Some(replica) = self.replica => {
                if is_connection_useless(&error) {
                    replica.rest(&error);
                }
                // Whatever it was, the primary's answer counts.
                self.session.done::<()>(Err(error)).ok();
            }
            Err(error) => {
                // One that does not answer in time is not outdated: another one would most likely not answer either.
                let is_outdated = is_connection_useless(&error)
                    && self.session.is_used_again()
                    && !self.session.is_given_up();
                let failed = self.session.done(Err(error));
                if !is_outdated {
                    return failed;
                }
            }
        }
        store
            .reading(organization_id)
            .await
            .map(ControlFlow::Continue)
    }
}

/// A place in the write-ahead log, in bytes.
pub(crate) fn position(bytes: i64) -> StorePosition {
    StorePosition::from_number(u64::try_from(bytes).unwrap_or_default())
}

#[async_trait]
impl StorePositions for PostgresStore {
    async fn now(&self) -> Result<Option<StorePosition>, StoreError> {
        if self.replica().is_none() {
            return Ok(None);
        }
        let bytes = read!(self.reading(None), connection => {
            query_file_scalar!("queries/store_position/now.sql").fetch_one(connection)
        });
        Ok(Some(position(bytes)))
    }
}
