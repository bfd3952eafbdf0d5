//! The API on mocks of the ports: what the edge itself answers, whatever the store holds.

#[cfg(test)]
mod openapi;
