//! `parlor config check --probe`: whether the model providers answer as they are configured.

use std::fmt::Write as _;

use crate::{compose, config::Config};

/// What was found out, for people.
pub struct Report {
    pub text: String,
    pub is_good: bool,
}

/// Asks each provider for its models, and compares them with those that are configured.
pub async fn probe(config: &Config) -> anyhow::Result<Report> {
    let mut report = Report {
        text: "\n".to_owned(),
        is_good: true,
    };
    if config.model.providers.is_empty() {
        report
            .text
            .push_str("# no model provider: the echo model answers\n");
    }
    for provider in &config.model.providers {
        let name = &provider.name;
        let line = match compose::open_ai(provider)?.list().await {
            Ok(offered) => {
                let models = provider.models.0.iter();
                let missing: Vec<_> = models.filter(|model| !offered.contains(*model)).collect();
                report.is_good &= missing.is_empty();
                let offered: Vec<_> = offered.iter().map(String::as_str).collect();
                let offered = offered.join(", ");
                if missing.is_empty() {
                    format!("# provider `{name}` offers: {offered}")
                } else {
                    format!(
                        "# provider `{name}` does not offer {missing:?} of `models`; it offers: {offered}"
                    )
                }
            }
            Err(error) => {
                report.is_good = false;
                format!("# provider `{name}`: {error}")
            }
        };
        // Writing to a text cannot fail.
        let _ = writeln!(report.text, "{line}");
    }
    Ok(report)
}
