use std::time::Instant;
use super::super::*;

#[test]
fn probe() {
    use uuid::Uuid;
}
