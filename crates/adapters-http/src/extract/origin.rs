//! Where a request came from.

use std::{
    collections::VecDeque,
    net::{IpAddr, SocketAddr},
};

use axum::{
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, header, request::Parts},
    middleware::Next,
    response::Response,
};
use ipnet::IpNet;
use parlor_domain::audit::Origin;

use crate::{api::Api, observe::RequestId};

const LONGEST_USER_AGENT: usize = 256;
/// Further forwarded addresses are not believed: nobody has so many proxies of their own.
const MOST_FORWARDED: usize = 16;

/// Lets pages, which know no proxies, find where a request came from among its extensions.
pub(crate) async fn tell_origin(State(api): State<Api>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let origin = origin(&parts, &api.options.trusted_proxies);
    parts.extensions.insert(origin);
    next.run(Request::from_parts(parts, body)).await
}

/// Where a request came from: the peer, or, as long as that is a trusted proxy, whom it names in `X-Forwarded-For`.
pub(super) fn origin(parts: &Parts, trusted: &[IpNet]) -> Origin {
    let request_id = parts.extensions.get::<RequestId>();
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    let chain = peer.map(|ConnectInfo(peer)| chain(peer.ip(), &parts.headers, trusted));
    let (source, forwarded) = chain.unzip();
    Origin {
        request_id: request_id.map(RequestId::to_string).unwrap_or_default(),
        source_ip: source.map(|ip| ip.to_string()).unwrap_or_default(),
        forwarded_for: forwarded.unwrap_or_default(),
        user_agent: user_agent(&parts.headers),
    }
}

/// The caller's address, and the forwarded addresses that were believed on the way to it, the caller's first.
fn chain(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> (IpAddr, Vec<String>) {
    let named: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .collect();
    let mut named = named.into_iter().rev();
    let mut source = peer.to_canonical();
    let mut believed = VecDeque::new();
    while believed.len() < MOST_FORWARDED && trusted.iter().any(|net| net.contains(&source)) {
        let Some(address) = named.next().and_then(address) else {
            break;
        };
        source = address;
        believed.push_front(address.to_string());
    }
    (source, believed.into())
}

/// An address, with or without a port.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.parse::<IpAddr>();
    let with_port = || text.parse::<SocketAddr>().map(|address| address.ip());
    bare.or_else(|_| with_port())
        .ok()
        .map(|address| address.to_canonical())
}

fn user_agent(headers: &HeaderMap) -> String {
    headers
        .get(header::USER_AGENT)
        .map(|value| {
            String::from_utf8_lossy(value.as_bytes())
                .chars()
                .filter(|c| !c.is_control())
                .take(LONGEST_USER_AGENT)
                .collect()
        })
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn from(peer: &str, forwarded: &[&'static str], trusted: &[&str]) -> (String, Vec<String>) {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append("x-forwarded-for", HeaderValue::from_static(value));
        }
        let trusted: Vec<IpNet> = trusted.iter().map(|net| net.parse().unwrap()).collect();
        let (source, believed) = chain(peer.parse().unwrap(), &headers, &trusted);
        (source.to_string(), believed)
    }

    #[test]
    fn nobodys_forwarded_addresses_are_believed_by_default() {
        let (source, believed) = from("203.0.113.9", &["198.51.100.1"], &[]);
        assert_eq!(source, "203.0.113.9");
        assert!(believed.is_empty());
    }

    #[test]
    fn a_trusted_proxy_is_believed_and_so_is_the_one_that_it_names() {
        let (source, believed) = from(
            "10.0.0.2",
            &["192.0.2.66, 198.51.100.1", "10.0.0.1:4711"],
            &["10.0.0.0/8"],
        );
        assert_eq!(
            source, "198.51.100.1",
            "what stands before it was made up by the caller"
        );
        assert_eq!(believed, ["198.51.100.1", "10.0.0.1"]);
    }

    #[test]
    fn what_is_no_address_ends_the_chain() {
        let (source, believed) = from("10.0.0.2", &["198.51.100.1, unknown"], &["10.0.0.0/8"]);
        assert_eq!((source.as_str(), believed.len()), ("10.0.0.2", 0));
    }

    #[test]
    fn a_mapped_address_is_the_address_that_it_maps() {
        let (source, _) = from("::ffff:10.0.0.2", &["198.51.100.1"], &["10.0.0.0/8"]);
        assert_eq!(source, "198.51.100.1");
    }

    #[test]
    fn a_long_user_agent_is_cut() {
        let mut headers = HeaderMap::new();
        headers.insert(
            header::USER_AGENT,
            HeaderValue::from_str(&"x".repeat(1000)).unwrap(),
        );
        assert_eq!(user_agent(&headers).len(), LONGEST_USER_AGENT);
    }
}
