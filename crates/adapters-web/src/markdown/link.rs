//! Where a link may lead.

use url::Url;

use super::marks;

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

/// A piece of a text.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    Text(&'a str),
    /// An address that was written without any markup.
    Address {
        text: &'a str,
        destination: String,
    },
}

/// The text in pieces: addresses that begin with `http://` or `https://`, and what is between them.
///
/// An address ends before a space, before what no address has in it, before a letter of Korean, Chinese or Japanese, which
/// belongs to the sentence, and before the punctuation that ends a sentence.
pub fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    let mut searched = 0;
    while let Some(at) = find_scheme(rest, searched) {
        let length = address_length(rest.get(at..).unwrap_or_default());
        let address = rest.get(at..at + length).unwrap_or_default();
        let Some(destination) = destination(address) else {
            // Nothing in it is looked at again, or text without any address would take time with the length of an address.
            searched = at + length.max("http".len());
            continue;
        };
        if at > 0 {
            pieces.push(Piece::Text(rest.get(..at).unwrap_or_default()));
        }
        pieces.push(Piece::Address {
            text: address,
            destination,
        });
        rest = rest.get(at + length..).unwrap_or_default();
        searched = 0;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    pieces
}

/// Where the next address may begin: not inside a word.
fn find_scheme(text: &str, from: usize) -> Option<usize> {
    let mut searched = from;
    loop {
        let found = text.get(searched..)?.find("http")? + searched;
        let rest = text.get(found..)?;
        let before = text.get(..found)?.chars().next_back();
        let in_word = before.is_some_and(|before| before.is_ascii_alphanumeric());
        if !in_word && (rest.starts_with("http://") || rest.starts_with("https://")) {
            return Some(found);
        }
        searched = found + "http".len();
    }
}

/// Longer addresses are no links: no text is read again and again for them.
const LONGEST_ADDRESS: usize = 2_048;

fn address_length(text: &str) -> usize {
    let text = text
        .char_indices()
        .nth(LONGEST_ADDRESS)
        .and_then(|(at, _)| text.get(..at))
        .unwrap_or(text);
    let end = text.find(|character: char| {
        character.is_whitespace()
            || character.is_control()
            || matches!(character, '<' | '>' | '"' | '`' | '|' | '\\' | '^' | '{' | '}')
            || marks::is_cjk(character)
            || matches!(character, '\u{2010}'..='\u{2027}' | '\u{3000}'..='\u{303F}' | '\u{FF00}'..='\u{FFEF}')
            || super::controls::is_invisible(character)
    });
    let mut length = end.unwrap_or(text.len());
    let count = |text: &str, character| text.matches(character).count();
    let (mut open, mut closed) = {
        let whole = text.get(..length).unwrap_or_default();
        (count(whole, '('), count(whole, ')'))
    };
    while let Some(last) = text.get(..length).and_then(|text| text.chars().next_back()) {
        match last {
            '?' | '!' | '.' | ',' | ':' | ';' | '*' | '_' | '~' | '\'' | '[' | ']' => {}
            ')' if closed > open => closed -= 1,
            '(' => open -= 1,
            _ => break,
        }
        length -= last.len_utf8();
    }
    length
}
