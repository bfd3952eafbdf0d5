//! The migrations are compiled in, and Cargo does not see by itself when one of them changes.

fn main() {
    println!("cargo::rerun-if-changed=../../migrations/postgres");
}
