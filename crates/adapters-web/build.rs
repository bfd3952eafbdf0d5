//! Sees that a new asset or a changed text is built in: what is embedded is not all known to the compiler.

use std::io::Write as _;

fn main() -> std::io::Result<()> {
    let mut cargo = std::io::stdout();
    for folder in ["assets", "i18n", "templates"] {
        writeln!(cargo, "cargo::rerun-if-changed={folder}")?;
    }
    writeln!(cargo, "cargo::rerun-if-changed=i18n.toml")
}
