//! Which names the service answers to.

use std::net::IpAddr;

use axum::{
    Router,
    extract::Request,
    http::header::HOST,
    middleware::{self, Next},
    response::{IntoResponse, Response},
};

use crate::problem::{Code, Problem};

/// Routes of another listener of the same machine, which answer to its own names, and no others.
pub fn for_loopback_names_only(routes: Router) -> Router {
    routes.layer(middleware::from_fn(loopback_only))
}

/// Answers requests that were sent to the loopback interface by its own names, and no others.
///
/// A page of elsewhere can give a name of its own the address 127.0.0.1, and so send requests from its visitor's browser to a
/// service that listens for its own machine only (DNS rebinding). The name stands in `Host`, which a page cannot choose.
pub(crate) async fn loopback_only(request: Request, next: Next) -> Response {
    let host = request.headers().get(HOST);
    match host.map(|host| host.to_str().is_ok_and(is_loopback)) {
        // Only something older than HTTP/1.1, and so no browser, names no host.
        None | Some(true) => next.run(request).await,
        Some(false) => Problem::new(
            Code::MisdirectedRequest,
            "This service answers to localhost, 127.0.0.1 and [::1] only",
        )
        .into_response(),
    }
}

/// Whether a `Host` header (RFC 9110, 7.2), with or without a port, names the loopback interface.
fn is_loopback(host: &str) -> bool {
    let is_port = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let name = match host.rsplit_once(':') {
        Some((name, port)) if is_port(port) => name,
        _ => host,
    };
    let address = name
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(name);
    let is_loopback_address = || {
        address
            .parse()
            .is_ok_and(|address: IpAddr| address.is_loopback())
    };
    name.eq_ignore_ascii_case("localhost") || is_loopback_address()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loopback_interfaces_names_are_known_with_and_without_a_port() {
        for host in [
            "localhost",
            "LocalHost:8080",
            "127.0.0.1",
            "127.0.0.1:1",
            "[::1]",
            "[::1]:8080",
        ] {
            assert!(is_loopback(host), "{host}");
        }
    }

    #[test]
    fn every_other_name_is_foreign() {
        for host in [
            "",
            "evil.example",
            "evil.example:8080",
            "localhost.evil.example",
            "127.0.0.1.evil.example:8080",
            "192.168.0.1:8080",
            "[::2]",
            "localhost:evil",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
