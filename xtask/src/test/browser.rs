//! A real browser, the program through which tests drive it, letters for every language of the pages, and the rules of
//! accessibility.

use std::env;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::python::Python;
use crate::{machine, shell};

/// What is fetched: axe-core, as one script inside a package that would hand it to another driver.
const PACKAGES: &[&str] = &["axe-playwright-python==0.1.8"];

/// Whichever of these there is. Debian's comes first, as that is what is installed where there is none.
const BROWSERS: &[&str] = &["chromium", "chromium-browser", "google-chrome"];

/// Speaks `WebDriver`.
const DRIVER: &str = "chromedriver";

/// The program of a browser, and of its driver.
///
/// # Errors
/// When one of them is missing, or letters of a language, and cannot be installed.
pub fn programs() -> Result<(PathBuf, PathBuf)> {
    machine::ensure(
        "a browser (Chromium) or its driver",
        &["chromium", "chromium-driver"],
        || browser().is_some() && shell::answers(DRIVER, &["--version"]),
    )?;
    machine::ensure(
        "a font with Korean letters, or fontconfig, which says so,",
        &["fontconfig", "fonts-nanum"],
        renders_korean,
    )?;
    let browser = browser().context("the browser went away")?;
    Ok((browser, DRIVER.into()))
}

/// The driver wants to know where the program is, and does not look for it.
fn browser() -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let mut programs = BROWSERS
        .iter()
        .flat_map(|name| env::split_paths(&path).map(move |folder| folder.join(name)));
    programs.find(|program| shell::quiet(Command::new(program).arg("--version")))
}

fn renders_korean() -> bool {
    // What it prints is the fonts' files: nothing where there is none.
    shell::output(Command::new("fc-list").args([":lang=ko", "file"]))
        .is_ok_and(|fonts| !fonts.trim().is_empty())
}

/// The script of axe-core, fetched unless it is there already.
pub fn axe(part: &str) -> Result<PathBuf> {
    let folder = Python::with(part, PACKAGES)?.folder_of("axe_playwright_python")?;
    let script = folder.join("axe.min.js");
    ensure!(script.is_file(), "there is no {}", script.display());
    Ok(script)
}
