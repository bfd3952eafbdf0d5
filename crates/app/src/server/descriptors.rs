//! How many files and sockets the process can have open, and what they are for.

/// What this process can have open at most. The soft limit is raised to the hard one: a shell's usual 1024 is for programs that use
/// `select`.
#[cfg(unix)]
pub fn raise_limit() -> Option<u64> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    if let Err(error) = setrlimit(Resource::Nofile, raised) {
        tracing::debug!(
            error = &error as &(dyn std::error::Error + 'static),
            "cannot raise the limit of open files"
        );
        return limit.current;
    }
    limit.maximum
}

/// What this process can have open at most, if that is known.
#[cfg(not(unix))]
pub const fn raise_limit() -> Option<u64> {
    None
}

/// With so few descriptors, nobody could be answered.
#[derive(Debug, thiserror::Error)]
#[error(
    "this process can have {limit} files and sockets open, and needs {needed}: raise the limit (`ulimit -n`, or `LimitNOFILE=` in \
     systemd), or lower `store.max_connections`"
)]
pub struct TooFewDescriptors {
    limit: u64,
    needed: u64,
}

/// How the descriptors are shared out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Descriptors {
    /// For connections of clients.
    pub connections: usize,
    /// For health checks when these are used up.
    pub reserve: usize,
    /// How many event streams and waiting prompts there are at most. A prompt needs a connection to its client and one to its
    /// model.
    pub streams: u32,
}

impl Descriptors {
    /// For health checks.
    const RESERVE: u64 = 16;
    /// For the log, the audit sink, the listeners, the runtime, and what else the process has open.
    const INTERNAL: u64 = 64;
    /// For each connection to the store: the embedded one has two files, and SQLite opens a third one for large sorts.
    const PER_STORE_CONNECTION: u64 = 3;
    /// For connections of clients and to models, at least.
    const LEAST: u64 = 12;

    /// Shares out what the process can have open, with at most `connections` for clients.
    ///
    /// # Errors
    /// Where it can have too little open to answer anybody.
    pub fn share_out(
        limit: Option<u64>,
        connections: u32,
        store_connections: u32,
    ) -> Result<Self, TooFewDescriptors> {
        let internal =
            Self::INTERNAL + Self::PER_STORE_CONNECTION * (u64::from(store_connections) + 1);
        let needed = internal + Self::RESERVE + Self::LEAST;
        if let Some(limit) = limit.filter(|limit| *limit < needed) {
            return Err(TooFewDescriptors { limit, needed });
        }
        // A third for connections to models.
        let fit = limit.map_or(u64::MAX, |limit| {
            limit.saturating_sub(internal + Self::RESERVE) / 3 * 2
        });
        let connections = u64::from(connections).min(fit);
        Ok(Self {
            connections: usize::try_from(connections).unwrap_or(usize::MAX),
            reserve: usize::try_from(Self::RESERVE).unwrap_or(usize::MAX),
            streams: u32::try_from(connections / 2).unwrap_or(u32::MAX),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn with_many_descriptors_the_configured_limit_counts() {
        for limit in [None, Some(1_048_576)] {
            let shares = Descriptors::share_out(limit, 10_000, 8).unwrap();
            assert_eq!((shares.connections, shares.streams), (10_000, 5_000));
        }
    }

    #[test]
    fn with_few_descriptors_everything_still_fits() {
        for limit in [128, 256, 1_024, 4_096] {
            let shares = Descriptors::share_out(Some(limit), 10_000, 8).unwrap();
            let open =
                shares.connections as u64 + shares.reserve as u64 + u64::from(shares.streams);
            assert!(open + 64 + 27 <= limit, "{limit}: {shares:?}");
            assert!(shares.connections >= 8);
        }
    }

    #[test]
    fn with_too_few_descriptors_it_is_said_how_many_are_needed() {
        for limit in [20, 64, 118] {
            let refused = Descriptors::share_out(Some(limit), 10_000, 8).unwrap_err();
            let told = refused.to_string();
            assert!(
                told.contains(&limit.to_string()) && told.contains("needs 119"),
                "{told}"
            );
        }
        Descriptors::share_out(Some(119), 10_000, 8).unwrap();
    }

    #[test]
    fn a_small_limit_of_connections_is_kept() {
        for connections in 1..8 {
            let shares = Descriptors::share_out(None, connections, 8).unwrap();
            assert_eq!(shares.connections, connections as usize);
        }
    }
}
