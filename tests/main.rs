//! Black-box tests of the assembled service: the real program, started as a process, spoken to over HTTP.

#[cfg(test)]
mod api;
#[cfg(test)]
mod harness;
#[cfg(test)]
mod timing;
#[cfg(test)]
mod web;
