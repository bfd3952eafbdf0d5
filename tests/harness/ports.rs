//! Ports of the loopback interface.

use std::{
    fs::File,
    hash::{BuildHasher as _, Hasher as _, RandomState},
    net::TcpListener,
    sync::Mutex,
};

/// A port of the loopback interface that nobody listens on now.
///
/// Not one of those that the system gives to outgoing connections (from 32768 on): such a connection of another test
/// could take it before the program has it, or while the program is restarted.
///
/// Nor one that another test has been given: its service may be about to listen there, or be down between two starts, and
/// then the one test would talk to the other's service. A lock on a file of the port's name says so across threads and
/// processes; it goes with this process.
pub fn free_port() -> u16 {
    static GIVEN: Mutex<Vec<File>> = Mutex::new(Vec::new());
    let locks = std::env::temp_dir().join("parlor-test-ports");
    std::fs::create_dir_all(&locks).unwrap();
    loop {
        let random = RandomState::new().build_hasher().finish();
        let port = 10_000 + u16::try_from(random % 22_000).unwrap();
        let lock = File::create(locks.join(port.to_string())).unwrap();
        if lock.try_lock().is_ok() && TcpListener::bind(("127.0.0.1", port)).is_ok() {
            GIVEN.lock().unwrap().push(lock);
            return port;
        }
    }
}
