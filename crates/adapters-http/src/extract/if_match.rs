//! `If-Match` (RFC 9110, section 13.1.1).

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};
use parlor_application::version_condition::VersionCondition;
use parlor_domain::conversation::Version;
use utoipa::{
    IntoParams,
    openapi::path::{Parameter, ParameterIn},
};

use super::idempotency_key::header_parameter;
use crate::{api::Api, problem::Problem};

/// Which version a write is meant for.
pub(crate) struct IfMatch(pub VersionCondition);

impl FromRequestParts<Api> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Api) -> Result<Self, Problem> {
        condition(&parts.headers).map(Self).ok_or_else(|| {
            Problem::header("`If-Match` is neither `*` nor a list of quoted entity tags")
        })
    }
}

impl IntoParams for IfMatch {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![header_parameter(
            "If-Match",
            "The `ETag` of the version that the write is meant for; 412 if there is another one",
        )]
    }
}

fn condition(headers: &HeaderMap) -> Option<VersionCondition> {
    let values: Result<Vec<_>, _> = headers
        .get_all(header::IF_MATCH)
        .iter()
        .map(|value| value.to_str())
        .collect();
    let values = values.ok()?;
    if values.is_empty() {
        return Some(VersionCondition::Unstated);
    }
    let list = values.join(",");
    if list.trim_matches(WHITE) == "*" {
        return Some(VersionCondition::Any);
    }
    let tags = entity_tags(&list)?;
    let versions = tags.into_iter().filter_map(Tag::version).collect();
    Some(VersionCondition::OneOf(versions))
}

const WHITE: [char; 2] = [' ', '\t'];

struct Tag<'a> {
    weak: bool,
    opaque: &'a str,
}

impl Tag<'_> {
    /// The version that this tag is of. A weak tag never matches, and neither does another spelling of the number.
    fn version(self) -> Option<Version> {
        let version = Version::from_number(self.opaque.parse().ok()?);
        (!self.weak && version.to_string() == self.opaque).then_some(version)
    }
}

/// At least one entity tag; empty elements between commas are allowed (RFC 9110, section 5.6.1).
fn entity_tags(list: &str) -> Option<Vec<Tag<'_>>> {
    let mut tags = Vec::new();
    let mut rest = list;
    loop {
        rest = rest.trim_start_matches(WHITE);
        if let Some(after) = rest.strip_prefix(',') {
            rest = after;
            continue;
        }
        if rest.is_empty() {
            return (!tags.is_empty()).then_some(tags);
        }
        let (weak, quoted) = match rest.strip_prefix("W/") {
            Some(quoted) => (true, quoted),
            None => (false, rest),
        };
        let (opaque, after) = quoted.strip_prefix('"')?.split_once('"')?;
        if !opaque.bytes().all(|byte| byte.is_ascii_graphic()) {
            return None;
        }
        tags.push(Tag { weak, opaque });
        rest = after.trim_start_matches(WHITE);
        if !rest.is_empty() && !rest.starts_with(',') {
            return None;
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn read(values: &[&'static str]) -> Option<VersionCondition> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::IF_MATCH, HeaderValue::from_static(value));
        }
        condition(&headers)
    }

    fn one_of(versions: &[u64]) -> VersionCondition {
        let versions = versions.iter().map(|&number| Version::from_number(number));
        VersionCondition::OneOf(versions.collect())
    }

    #[test]
    fn no_header_a_star_and_lists_are_read() {
        assert_eq!(read(&[]), Some(VersionCondition::Unstated));
        assert_eq!(read(&["*"]), Some(VersionCondition::Any));
        assert_eq!(read(&["\"3\""]), Some(one_of(&[3])));
        assert_eq!(read(&["\"3\", \"4\" ,,\"5\""]), Some(one_of(&[3, 4, 5])));
        assert_eq!(read(&["\"3\"", "\"4\""]), Some(one_of(&[3, 4])));
    }

    #[test]
    fn weak_tags_other_spellings_and_foreign_tags_match_nothing() {
        for tag in ["W/\"3\"", "\"03\"", "\"+3\"", "\"x\"", "\"\"", "\"a,b\""] {
            assert_eq!(read(&[tag]), Some(one_of(&[])), "{tag}");
        }
    }

    #[test]
    fn what_is_no_list_of_tags_is_malformed() {
        for value in [
            "",
            "3",
            "\"3",
            "\"3\" \"4\"",
            "*, \"3\"",
            "w/\"3\"",
            "\"a b\"",
            ",",
        ] {
            assert_eq!(read(&[value]), None, "{value}");
        }
    }
}
