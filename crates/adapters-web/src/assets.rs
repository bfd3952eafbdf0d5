//! Styles, scripts and pictures, under names that change with their content: a browser may keep them for good.

use std::{
    collections::{BTreeMap, HashMap},
    sync::LazyLock,
};

use axum::{
    Router,
    body::Bytes,
    extract::Path,
    http::header,
    response::{IntoResponse, Response},
    routing::get,
};
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

use crate::{csrf::hexadecimal, errors::PageError, web::Web};

#[derive(RustEmbed)]
#[folder = "assets"]
struct Files;

/// How much of a digest stands in a name.
const DIGEST_BYTES: usize = 8;

struct Asset {
    url: String,
    kind: &'static str,
    content: Bytes,
}

struct Assets {
    /// By the name of the file.
    by_name: BTreeMap<String, Asset>,
    /// The names of the files, by the last part of the address.
    by_address: HashMap<String, String>,
}

static ASSETS: LazyLock<Assets> = LazyLock::new(Assets::build);

impl Assets {
    fn build() -> Self {
        let mut by_name = BTreeMap::new();
        let names: Vec<_> = Files::iter().collect();
        for name in &names {
            Self::add(&mut by_name, name, 0);
        }
        let by_address = by_name
            .iter()
            .map(|(name, asset): (&String, &Asset)| {
                let address = asset.url.trim_start_matches("/assets/");
                (address.to_owned(), name.clone())
            })
            .collect();
        Self {
            by_name,
            by_address,
        }
    }

    /// Adds a file, and before it the modules that it imports, since their addresses stand in it.
    fn add(by_name: &mut BTreeMap<String, Asset>, name: &str, depth: usize) {
        const DEEPEST: usize = 8;
        let Some(file) = Files::get(name) else { return };
        if by_name.contains_key(name) || depth > DEEPEST {
            return;
        }
        let mut content = file.data.into_owned();
        let (stem, extension) = name.rsplit_once('.').unwrap_or((name, "bin"));
        if extension == "js"
            && let Ok(script) = std::str::from_utf8(&content)
        {
            let mut rewritten = slim(script);
            for imported in imports(script) {
                Self::add(by_name, imported, depth + 1);
                if let Some(asset) = by_name.get(imported) {
                    rewritten = rewritten
                        .replace(&format!("\"./{imported}\""), &format!("\"{}\"", asset.url));
                }
            }
            content = without_remarks(&rewritten).into_bytes();
        }
        let digest = Sha256::digest(&content);
        let digest = hexadecimal(digest.get(..DIGEST_BYTES).unwrap_or(&digest));
        let asset = Asset {
            url: format!("/assets/{stem}.{digest}.{extension}"),
            kind: kind(extension),
            content: content.into(),
        };
        by_name.insert(name.to_owned(), asset);
    }
}

/// A script without its comments and its indentation, which are for who reads it here. A comment stands on lines of its own, and no text
/// goes over several lines.
fn slim(script: &str) -> String {
    let lines = script.lines().map(str::trim_start);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with("//"));
    lines.flat_map(|line| [line, "\n"]).collect()
}

/// A script without lines that only say something to its readers, without indentation, and without the ends of lines that end
/// in punctuation after which a statement goes on or is over. No template of ours spans lines.
fn without_remarks(script: &str) -> String {
    script
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with("//"))
        .flat_map(|line| {
            [
                line,
                if line.ends_with([';', '{', ',', '(']) {
                    ""
                } else {
                    "\n"
                },
            ]
        })
        .collect()
}

/// The modules that a script imports: `from "./<name>"`.
fn imports(script: &str) -> impl Iterator<Item = &str> {
    script
        .split("from \"./")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
}

fn kind(extension: &str) -> &'static str {
    match extension {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        "webmanifest" => "application/manifest+json",
        _ => "application/octet-stream",
    }
}

/// Where an asset is, by the name of its file. A test sees that every name in a template is one.
pub(crate) fn url(name: &str) -> &'static str {
    let asset = ASSETS.by_name.get(name);
    asset.map_or("/assets/missing", |asset| asset.url.as_str())
}

pub(crate) fn routes() -> Router<Web> {
    Router::new().route("/assets/{name}", get(serve))
}

async fn serve(Path(address): Path<String>) -> Result<Response, PageError> {
    let name = ASSETS.by_address.get(&address);
    let asset = name.and_then(|name| ASSETS.by_name.get(name));
    let asset = asset.ok_or(PageError::NotFound)?;
    let headers = [
        (header::CONTENT_TYPE, asset.kind),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (header::VARY, "Accept-Encoding"),
    ];
    Ok((headers, asset.content.clone()).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_script(name: &str) -> bool {
        name.rsplit_once('.')
            .is_some_and(|(_, extension)| extension == "js")
    }

    #[test]
    fn an_address_changes_with_the_content_and_leads_to_it() {
        for (name, asset) in &ASSETS.by_name {
            let (stem, extension) = name.rsplit_once('.').unwrap();
            let digest = hexadecimal(&Sha256::digest(&asset.content)[..DIGEST_BYTES]);
            assert_eq!(asset.url, format!("/assets/{stem}.{digest}.{extension}"));
            let address = asset.url.trim_start_matches("/assets/");
            assert_eq!(&ASSETS.by_address[address], name);
        }
    }

    #[test]
    fn scripts_import_each_other_by_their_addresses() {
        for (name, asset) in &ASSETS.by_name {
            let content = String::from_utf8(asset.content.to_vec()).unwrap();
            assert!(
                !is_script(name) || imports(&content).next().is_none(),
                "{name}"
            );
        }
    }

    /// Half of it is the stream that pages share, drafts, and finding out what became of what was sent: what pages need to lose nothing.
    #[test]
    fn all_scripts_together_have_less_than_48_kilobytes() {
        let scripts = ASSETS.by_name.iter().filter(|(name, _)| is_script(name));
        let bytes: usize = scripts.map(|(_, asset)| asset.content.len()).sum();
        assert!((1..48_000).contains(&bytes), "{bytes}");
    }

    #[test]
    fn no_script_has_a_template_that_spans_lines() {
        for name in Files::iter().filter(|name| is_script(name)) {
            let file = Files::get(&name).unwrap();
            let script = std::str::from_utf8(&file.data).unwrap();
            for (number, line) in script.lines().enumerate() {
                let is_code = !line.trim().starts_with("//");
                assert!(
                    !is_code || line.matches('`').count() % 2 == 0,
                    "{name}:{}",
                    number + 1
                );
            }
        }
    }

    #[test]
    fn every_asset_that_a_template_names_is_there() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
        let mut named = 0;
        for template in std::fs::read_dir(folder).unwrap() {
            let text = std::fs::read_to_string(template.unwrap().path()).unwrap();
            for name in text.split("asset(\"").skip(1) {
                let name = name.split('"').next().unwrap();
                assert!(ASSETS.by_name.contains_key(name), "{name}");
                named += 1;
            }
        }
        assert!(named > 5);
    }

    #[test]
    fn every_kind_of_asset_is_known() {
        for (name, asset) in &ASSETS.by_name {
            assert_ne!(asset.kind, "application/octet-stream", "{name}");
        }
    }
}
