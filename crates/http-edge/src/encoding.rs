//! Encodings of request bodies: none is accepted.

use axum::http::{HeaderMap, header};

/// Whether a body is encoded, such as by gzip, so that its bytes are not what its type says (RFC 9110, 8.4).
pub fn is_encoded(headers: &HeaderMap) -> bool {
    let mut encodings = headers.get_all(header::CONTENT_ENCODING).iter();
    encodings.any(|encodings| {
        !encodings
            .as_bytes()
            .split(|&byte| byte == b',')
            .all(|name| {
                let name = name.trim_ascii();
                name.is_empty() || name.eq_ignore_ascii_case(b"identity")
            })
    })
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn a_body_is_encoded_by_everything_but_identity() {
        let of = |values: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                let value = HeaderValue::from_static(value);
                headers.append(header::CONTENT_ENCODING, value);
            }
            is_encoded(&headers)
        };
        for plain in [&[][..], &[""], &["identity"], &["Identity, identity"]] {
            assert!(!of(plain), "{plain:?}");
        }
        for encoded in [
            &["gzip"][..],
            &["br"],
            &["identity, gzip"],
            &["identity", "x"],
        ] {
            assert!(of(encoded), "{encoded:?}");
        }
    }
}
