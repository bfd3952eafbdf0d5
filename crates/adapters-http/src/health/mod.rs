//! What tells a supervisor and a load balancer how the process is.

pub(crate) mod live;
pub(crate) mod ready;

use serde::Serialize;
use utoipa::ToSchema;

/// How the process is.
#[derive(Serialize, ToSchema)]
#[schema(as = Health)]
pub(crate) struct HealthDto {
    /// `live` or `ready`.
    status: &'static str,
}
