//! The grammars that there are, and which one a name stands for.
//!
//! Most come with syntect. The others are taken one by one from two-face's set, because the memory that a grammar takes when it is first
//! used differs a lot: see the documentation on sizing. `PowerShell`'s is our own: two-face has it for another engine of regular
//! expressions alone.

mod powershell;

use std::sync::LazyLock;

use syntect::parsing::{SyntaxReference, SyntaxSet};

static GRAMMARS: LazyLock<SyntaxSet> = LazyLock::new(SyntaxSet::load_defaults_newlines);
static MORE_GRAMMARS: LazyLock<SyntaxSet> = LazyLock::new(two_face::syntax::extra_newlines);
static POWERSHELL: LazyLock<SyntaxSet> = LazyLock::new(powershell::grammar);

/// The grammar of a language.
#[derive(Clone, Copy)]
pub struct Language {
    pub(super) syntax: &'static SyntaxReference,
    pub(super) grammars: &'static SyntaxSet,
    name: &'static str,
}

impl Language {
    /// By what stands behind the fence.
    pub fn find(name: &str) -> Option<Self> {
        let lower = name.to_ascii_lowercase();
        // Names that people and models use, and the nearest grammar that is there.
        let token = match lower.as_str() {
            "powershell" | "ps1" | "psm1" | "psd1" | "pwsh" | "posh" => {
                return Self::named(&POWERSHELL, powershell::NAME, powershell::NAME);
            }
            "toml" => return Self::named(&MORE_GRAMMARS, "TOML", "TOML"),
            "kotlin" | "kt" | "kts" => return Self::named(&MORE_GRAMMARS, "Kotlin", "Kotlin"),
            "swift" => return Self::named(&MORE_GRAMMARS, "Swift", "Swift"),
            "dockerfile" | "docker" | "containerfile" => {
                return Self::named(&MORE_GRAMMARS, "Dockerfile", "Dockerfile");
            }
            "hcl" => return Self::named(&MORE_GRAMMARS, "Terraform", "HCL"),
            "terraform" | "tf" | "tfvars" | "opentofu" | "tofu" => {
                return Self::named(&MORE_GRAMMARS, "Terraform", "Terraform");
            }
            "typescript" | "ts" | "tsx" | "jsx" | "mjs" | "cjs" | "node" => "js",
            "shell" | "zsh" | "console" | "shell-session" | "shellscript" => "bash",
            "jsonc" | "json5" | "jsonl" => "json",
            "golang" => "go",
            "csharp" | "c#" => "cs",
            "py3" | "python3" => "py",
            "plain" | "text" | "plaintext" | "txt" => return None,
            other => other,
        };
        let syntax = GRAMMARS.find_syntax_by_token(token)?;
        Some(Self {
            syntax,
            grammars: &GRAMMARS,
            name: &syntax.name,
        })
    }

    fn named(
        grammars: &'static LazyLock<SyntaxSet>,
        grammar: &str,
        name: &'static str,
    ) -> Option<Self> {
        Some(Self {
            syntax: grammars.find_syntax_by_name(grammar)?,
            grammars,
            name,
        })
    }

    /// What a person calls it.
    pub const fn name(self) -> &'static str {
        self.name
    }
}
