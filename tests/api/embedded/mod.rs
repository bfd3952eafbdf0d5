//! What concerns the embedded store alone: its one process, its data folder, and the audit file in it.

mod audit_file;
mod compose;
mod connections;
mod data_folder;
mod durability;
#[cfg(target_os = "linux")]
mod exports;
#[cfg(target_os = "linux")]
mod forks;
#[cfg(target_os = "linux")]
mod full_disk;
mod image;

use crate::harness::{Deployment, Service, ServiceBuilder};

/// A service on the embedded store, to configure.
fn builder() -> ServiceBuilder {
    Service::builder().deployed(Deployment::Embedded)
}
