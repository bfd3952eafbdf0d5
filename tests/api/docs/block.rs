//! The blocks of commands in the documentation's pages.

use std::path::{Path, PathBuf};

/// Commands between `sh` fences.
pub struct Block {
    /// The page, from `docs/src`.
    pub page: String,
    pub text: String,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/src")
}

/// The text of a page.
pub fn page(name: &str) -> String {
    std::fs::read_to_string(folder().join(name)).unwrap()
}

/// The text between the fences of a language in a page, in order.
pub fn fenced(page: &str, language: &str) -> Vec<String> {
    let text = self::page(page);
    let mut blocks: Vec<String> = Vec::new();
    // The number of spaces before a fence, which those of its lines have too.
    let mut open: Option<(usize, bool)> = None;
    for line in text.lines() {
        let bare = line.trim_start();
        match open {
            None => {
                if let Some(name) = bare.strip_prefix("```") {
                    let wanted = name.trim() == language;
                    open = Some((line.len() - bare.len(), wanted));
                    if wanted {
                        blocks.push(String::new());
                    }
                }
            }
            Some(_) if bare == "```" => open = None,
            Some((_, false)) => {}
            Some((indent, true)) => {
                let block = blocks.last_mut().unwrap();
                block.push_str(line.get(indent..).unwrap_or_default());
                block.push('\n');
            }
        }
    }
    assert_eq!(open, None, "{page}: a fence is not closed");
    blocks
}

/// Those of one page, in order.
pub fn of_page(page: &str) -> Vec<Block> {
    // Other names of the same language would be overlooked.
    for other in ["bash", "shell", "console", "zsh", "sh-session"] {
        assert_eq!(
            fenced(page, other),
            [""; 0],
            "{page}: fence commands with `sh`"
        );
    }
    let texts = fenced(page, "sh").into_iter();
    texts
        .map(|text| Block {
            page: page.to_owned(),
            text,
        })
        .collect()
}

/// Those of all pages.
pub fn all() -> Vec<Block> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|kind| kind == "md") {
                found.push(path);
            }
        }
    }
    let (folder, mut found) = (folder(), Vec::new());
    walk(&folder, &mut found);
    let pages = found
        .iter()
        .map(|path| path.strip_prefix(&folder).unwrap().to_str().unwrap());
    pages.flat_map(of_page).collect()
}
