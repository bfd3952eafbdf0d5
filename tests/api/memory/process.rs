//! What the kernel says about a process.

use std::fs;

use crate::harness::{Instance, eventually};

const MEBIBYTE: f64 = 1024.0;

/// The most memory that the process had resident since its start, in mebibytes.
pub fn peak_memory(instance: &Instance) -> f64 {
    status(instance, "VmHWM:")
}

/// Begins to count the most memory from now on.
pub fn forget_peak_memory(instance: &Instance) {
    fs::write(format!("/proc/{}/clear_refs", instance.pid()), "5").unwrap();
}

/// The memory that the process has resident, in mebibytes.
pub fn memory(instance: &Instance) -> f64 {
    status(instance, "VmRSS:")
}

/// How many files and sockets the process has open.
pub fn descriptors(instance: &Instance) -> usize {
    let folder = format!("/proc/{}/fd", instance.pid());
    fs::read_dir(folder).unwrap().count()
}

/// The memory once it stays the same: what is freed goes back to the system a little later.
pub async fn settled_memory(instance: &Instance) -> f64 {
    let mut last = f64::MAX;
    let mut same = 0;
    eventually("the memory stays the same", || {
        let now = memory(instance);
        same = if (now - last).abs() < 0.1 {
            same + 1
        } else {
            0
        };
        last = now;
        let settled = (same >= 50).then_some(now);
        async move { settled }
    })
    .await
}

fn status(instance: &Instance, name: &str) -> f64 {
    let status = fs::read_to_string(format!("/proc/{}/status", instance.pid())).unwrap();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap();
    let kibibytes: f64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kibibytes / MEBIBYTE
}
