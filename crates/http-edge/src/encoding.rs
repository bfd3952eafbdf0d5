//! Encodings of request bodies: none is accepted.

use axum::http::{HeaderMap, header};

/// Whether a body is encoded, such as by gzip, so that its bytes are not what its type says (RFC 9110, 8.4; RFC 9112, 6.1).
pub fn is_encoded(headers: &HeaderMap) -> bool {
    [
        (header::CONTENT_ENCODING, b"identity".as_slice()),
        (header::TRANSFER_ENCODING, b"chunked"),
    ]
    .into_iter()
    .any(|(name, plain)| {
        let mut values = headers.get_all(name).iter();
        values.any(|value| has_another(value.as_bytes(), plain))
    })
}

/// Whether a list has another name than this one.
fn has_another(list: &[u8], plain: &[u8]) -> bool {
    list.split(|&byte| byte == b',').any(|name| {
        let name = name.trim_ascii();
        !name.is_empty() && !name.eq_ignore_ascii_case(plain)
    })
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn with(name: &HeaderName, values: &[&'static str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(name, HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn a_body_is_sent_in_chunks_or_not_and_in_no_other_way() {
        let of = |values: &[&'static str]| is_encoded(&with(&header::TRANSFER_ENCODING, values));
        for plain in [&[][..], &["chunked"], &["Chunked"]] {
            assert!(!of(plain), "{plain:?}");
        }
        for encoded in [&["gzip, chunked"][..], &["gzip", "chunked"], &["identity"]] {
            assert!(of(encoded), "{encoded:?}");
        }
    }

    #[test]
    fn a_body_is_encoded_by_everything_but_identity() {
        let of = |values: &[&'static str]| is_encoded(&with(&header::CONTENT_ENCODING, values));
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
