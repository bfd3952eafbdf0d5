//! Where a link may lead.

use url::Url;

/// The destination as the value of an `href`, percent-encoded to printable ASCII, or nothing if no link may lead there.
///
/// Only `http://`, `https://` and `mailto:` are taken, and only when the text begins with exactly that: browsers skip spaces
/// and control characters before and inside a scheme, and none of that is recognized here. Relative destinations are refused
/// too: what a model calls `../logout` is no page of ours.
pub fn destination(text: &str) -> Option<String> {
    let starts_with = |scheme: &str| {
        text.get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
            && text.len() > scheme.len()
    };
    ["https://", "http://", "mailto:"]
        .into_iter()
        .any(starts_with)
        .then(|| percent_encoded(text))
        // What is no URL to a browser is none to us.
        .filter(|address| Url::parse(address).is_ok())
}

fn percent_encoded(text: &str) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let digit = |value: u8| {
        DIGITS
            .get(usize::from(value))
            .copied()
            .map_or('0', char::from)
    };
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        // The characters of RFC 3986, and `%`, because what is encoded already stays so.
        if byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            encoded.push(digit(byte >> 4));
            encoded.push(digit(byte & 0x0F));
        }
    }
    encoded
}
