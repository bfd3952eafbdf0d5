//! The grammars that there are, and which one a name stands for.
//!
//! Most come with syntect. The others are taken one by one from two-face's set, because the memory that a grammar takes when it is first
//! used differs a lot: see the documentation on sizing. `PowerShell`'s is our own: two-face has it for another engine of regular
//! expressions alone.

mod bases;
mod loaded;
mod powershell;
mod weights;

use syntect::parsing::{SyntaxReference, SyntaxSet};

use bases::Base;
pub use loaded::{Loaded, loaded};

/// The grammar of shells.
const SHELL: &str = "Bourne Again Shell (bash)";

/// The grammar of a language.
#[derive(Debug, Clone, Copy)]
pub struct Language {
    base: Base,
    grammar: &'static str,
    name: &'static str,
}

impl Language {
    /// By what stands behind the fence.
    pub fn find(name: &str) -> Option<Self> {
        let lower = name.to_ascii_lowercase();
        // Names that people and models use, and the nearest grammar that is there.
        let token = match lower.as_str() {
            "powershell" | "ps1" | "psm1" | "psd1" | "pwsh" | "posh" => {
                return Some(Self::new(
                    Base::PowerShell,
                    powershell::NAME,
                    powershell::NAME,
                ));
            }
            "toml" => return Some(Self::new(Base::More, "TOML", "TOML")),
            "kotlin" | "kt" | "kts" => return Some(Self::new(Base::More, "Kotlin", "Kotlin")),
            "swift" => return Some(Self::new(Base::More, "Swift", "Swift")),
            "dockerfile" | "docker" | "containerfile" => {
                return Some(Self::new(Base::More, "Dockerfile", "Dockerfile"));
            }
            "hcl" => return Some(Self::new(Base::More, "Terraform", "HCL")),
            "terraform" | "tf" | "tfvars" | "opentofu" | "tofu" => {
                return Some(Self::new(Base::More, "Terraform", "Terraform"));
            }
            // The nearest grammar, under the language's own name.
            "typescript" | "ts" | "mts" | "cts" => {
                return Some(Self::like("JavaScript", "TypeScript"));
            }
            "tsx" => return Some(Self::like("JavaScript", "TSX")),
            "jsx" => return Some(Self::like("JavaScript", "JSX")),
            "mjs" | "cjs" | "node" => "js",
            "zsh" => return Some(Self::like(SHELL, "Zsh")),
            "shell" | "shellscript" => return Some(Self::like(SHELL, "Shell")),
            "console" | "shell-session" => return Some(Self::like(SHELL, "Console")),
            "jsonc" => return Some(Self::like("JSON", "JSONC")),
            "json5" => return Some(Self::like("JSON", "JSON5")),
            "jsonl" => return Some(Self::like("JSON", "JSON Lines")),
            "golang" => "go",
            "csharp" | "c#" => "cs",
            "py3" | "python3" => "py",
            "plain" | "text" | "plaintext" | "txt" => return None,
            other => other,
        };
        let grammar = &Base::All.set().find_syntax_by_token(token)?.name;
        Some(Self::new(Base::of(grammar), grammar, grammar))
    }

    /// A language that is written much like the one whose grammar this is.
    fn like(grammar: &'static str, name: &'static str) -> Self {
        Self::new(Base::of(grammar), grammar, name)
    }

    const fn new(base: Base, grammar: &'static str, name: &'static str) -> Self {
        Self {
            base,
            grammar,
            name,
        }
    }

    /// Its grammar in a set that was taken for it.
    pub(super) fn syntax(self, set: &SyntaxSet) -> Option<&SyntaxReference> {
        set.find_syntax_by_name(self.grammar)
    }

    /// What a person calls it.
    pub const fn name(self) -> &'static str {
        self.name
    }
}
