//! The processes that are measured.

use std::{
    env, io,
    net::{SocketAddr, TcpListener},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::{bare, fill::Database};

/// How many connections the service and the bare handler have to their store.
pub const CONNECTIONS: u32 = 16;

/// A server on a port of this machine; killed when dropped.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
    /// Where the service's metrics are; the bare handler has none.
    metrics: Option<SocketAddr>,
}

impl Server {
    /// The service on this store, with its files in `folder`: demo mode, the echo model without delay, no audit sink.
    pub async fn parlor(database: &Database, folder: &Path) -> Self {
        let (address, metrics) = (free_address(), free_address());
        let mut command = Command::new(env!("CARGO_BIN_EXE_parlor"));
        command
            .current_dir(folder)
            .env("PARLOR_DATA_DIR", folder)
            .env("PARLOR_HTTP__LISTEN", address.to_string())
            .env("PARLOR_METRICS__LISTEN", metrics.to_string())
            .env("PARLOR_STORE__URL", database.url())
            .env("PARLOR_STORE__MAX_CONNECTIONS", CONNECTIONS.to_string())
            .env("PARLOR_AUDIT__SINK", "none")
            .env("PARLOR_MODEL__ECHO_DELAY_MS", "0")
            .env("PARLOR_LIMITS__PROMPTS_PER_MINUTE", "100000000")
            .env("PARLOR_LIMITS__SEARCHES_PER_MINUTE", "100000000")
            .env("PARLOR_LOG__LEVEL", "warn");
        Self::start(command, address, Some(metrics)).await
    }

    /// The bare handler on this store.
    pub async fn bare(database: &Database) -> Self {
        let address = free_address();
        let mut command = Command::new(env::current_exe().unwrap());
        command
            .env(bare::LISTEN, address.to_string())
            .env(bare::STORE, database.url());
        Self::start(command, address, None).await
    }

    async fn start(mut command: Command, address: SocketAddr, metrics: Option<SocketAddr>) -> Self {
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let mut server = Self {
            child,
            address,
            metrics,
        };
        let deadline = Instant::now() + Duration::from_mins(2);
        while !server.is_ready().await {
            let ended = server.child.try_wait().unwrap();
            assert!(ended.is_none(), "{command:?} ended: {ended:?}");
            assert!(Instant::now() < deadline, "{command:?} did not start");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        server
    }

    /// The process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What the service measures of itself.
    pub async fn metrics(&self) -> String {
        get(self.metrics.unwrap(), "/metrics").await.unwrap()
    }

    async fn is_ready(&self) -> bool {
        let answer = get(self.address, "/health/ready").await;
        answer.is_ok_and(|answer| answer.starts_with("HTTP/1.1 200 "))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The whole answer, its head too.
async fn get(address: SocketAddr, path: &str) -> io::Result<String> {
    let asks = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    let mut answer = String::new();
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(asks.as_bytes()).await?;
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}

fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap()
}
