//! What makes a page hard to use for some people, as far as a machine can tell.

use std::fmt::{self, Display, Formatter};

use serde::Deserialize;

use super::browser::Browser;
use crate::harness::brought;

/// Runs axe-core in the page; answers what it found, or why it found nothing out.
const RUN: &str = "
    const done = arguments[0];
    axe.run(document, { resultTypes: ['violations'] }).then(
        ({ violations }) => done({ violations: violations.map(({ id, impact, help, nodes }) => (
            { rule: id, impact, help, elements: nodes.map(({ html }) => html) }
        )) }),
        error => done({ error: String(error) }),
    );
";

/// A rule of axe-core that a page breaks.
#[derive(Debug, Deserialize)]
pub struct Violation {
    /// As in axe-core's list of rules.
    pub rule: String,
    /// From `minor` to `critical`.
    pub impact: Option<String>,
    help: String,
    /// Each as HTML.
    elements: Vec<String>,
}

impl Display for Violation {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let impact = self.impact.as_deref().unwrap_or("unknown");
        write!(formatter, "{} ({impact}): {}", self.rule, self.help)?;
        for element in &self.elements {
            write!(formatter, "\n    {element}")?;
        }
        Ok(())
    }
}

#[derive(Deserialize)]
struct Found {
    #[serde(default)]
    violations: Vec<Violation>,
    error: Option<String>,
}

impl Browser {
    /// The rules that the page breaks as it is now.
    pub async fn accessibility_violations(&self) -> Vec<Violation> {
        let session = self.session();
        let there = session.execute("return 'axe' in window", []).await.unwrap();
        if !there.convert::<bool>().unwrap() {
            let axe = std::fs::read_to_string(brought("PARLOR_TEST_AXE")).unwrap();
            session.execute(axe.as_str(), []).await.unwrap();
        }
        let found = session.execute_async(RUN, []).await.unwrap();
        let found: Found = found.convert().unwrap();
        assert_eq!(found.error, None);
        found.violations
    }

    /// The page breaks no rule.
    pub async fn is_accessible(&self) {
        let violations = self.accessibility_violations().await;
        let lines: Vec<String> = violations.iter().map(Violation::to_string).collect();
        assert!(lines.is_empty(), "{}", lines.join("\n"));
    }
}
