//! Headers that list what is accepted, each with a weight (RFC 9110, section 12.4.2).

use axum::http::{HeaderMap, HeaderName};

/// What is accepted, in lower case and in the order of the header, with its weight in thousandths. What has a weight that is
/// none is left out.
#[must_use]
pub fn weighted(headers: &HeaderMap, name: &HeaderName) -> Vec<(String, u16)> {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(range)
        .collect()
}

/// A range without its parameters, and its weight.
fn range(text: &str) -> Option<(String, u16)> {
    let mut parts = text.split(';').map(str::trim);
    let range = parts.next().filter(|range| !range.is_empty())?;
    let weight = parts
        .filter_map(|part| part.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("q"))
        .map_or(Some(1000), |(_, weight)| thousandths(weight.trim()));
    Some((range.to_ascii_lowercase(), weight?))
}

/// `0.5` as 500.
fn thousandths(weight: &str) -> Option<u16> {
    let (whole, fraction) = weight.split_once('.').unwrap_or((weight, ""));
    let digits = fraction.bytes().all(|byte| byte.is_ascii_digit());
    let fraction = format!("{fraction:0<3}").parse::<u16>().ok()?;
    match whole {
        "1" if digits && fraction == 0 => Some(1000),
        "0" if digits && fraction < 1000 => Some(fraction),
        _ => None,
    }
}
