//! Looks for faults: facts are gathered at the edge, and judged by pure rules.

mod after;
mod before;
mod junit;
mod play;
mod played;

use serde::Serialize;

use crate::cluster::options::{FailOn, ProviderName};
use crate::error::{ExitStatus, Result};
use crate::global::Global;
use crate::printer::Printer;

pub use junit::junit;

/// The page that says more of each check.
const PAGE: &str = "docs/checks.md";

/// What a check is about, in the order of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// Programs and their versions.
    Tools,
    /// The Kubernetes cluster as such.
    Kubernetes,
    /// What the user may do there.
    Permissions,
    /// Storage classes.
    Storage,
    /// Ports of this machine.
    Ports,
    /// Nodes.
    Nodes,
    /// Whether names are looked up.
    Dns,
    /// Volumes.
    Volumes,
    /// The parts and their pods.
    Workloads,
    /// The catalogue's database.
    Database,
    /// The one address, and who may do what there.
    Gateway,
    /// Which streamer has which file.
    Replicas,
    /// A film, played.
    Film,
}

impl Category {
    /// As a heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Tools => "Tools",
            Self::Kubernetes => "Kubernetes",
            Self::Permissions => "Permissions",
            Self::Storage => "Storage",
            Self::Ports => "Ports",
            Self::Nodes => "Nodes",
            Self::Dns => "DNS",
            Self::Volumes => "Volumes",
            Self::Workloads => "Workloads",
            Self::Database => "Database",
            Self::Gateway => "Gateway",
            Self::Replicas => "Replicas",
            Self::Film => "Film",
        }
    }

    /// Its heading on the page.
    fn anchor(self) -> String {
        format!("{PAGE}#{}", self.title().to_lowercase())
    }
}

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// All is well.
    Passed,
    /// It could not be looked at, for the reason that is given.
    Skipped,
    /// It works, and may not go on to.
    Warning,
    /// It does not work.
    Failed,
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What it is about.
    pub category: Category,
    /// What was looked at, in the fewest words.
    pub what: String,
    /// How it ended.
    pub outcome: Outcome,
    /// What was seen.
    pub detail: String,
    /// What to do, where something is to be done.
    pub hint: Option<String>,
    /// Where more is said, likewise.
    pub page: Option<String>,
}

impl Check {
    /// All is well.
    pub fn passed(category: Category, what: impl Into<String>, detail: impl Into<String>) -> Self {
        let (what, detail) = (what.into(), detail.into());
        Self { category, what, outcome: Outcome::Passed, detail, hint: None, page: None }
    }

    /// It could not be looked at.
    pub fn skipped(category: Category, what: impl Into<String>, why: impl Into<String>) -> Self {
        Self { outcome: Outcome::Skipped, ..Self::passed(category, what, why) }
    }

    /// It works, and may not go on to.
    pub fn warning(
        category: Category,
        what: impl Into<String>,
        detail: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self { outcome: Outcome::Warning, ..Self::failed(category, what, detail, hint) }
    }

    /// It does not work.
    pub fn failed(
        category: Category,
        what: impl Into<String>,
        detail: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self {
            outcome: Outcome::Failed,
            hint: Some(hint.into()),
            page: Some(category.anchor()),
            ..Self::passed(category, what, detail)
        }
    }
}

/// The exit code that checks stand for.
pub fn status(checks: &[Check], fail_on: FailOn) -> ExitStatus {
    let fails = |check: &Check| match check.outcome {
        Outcome::Failed => true,
        Outcome::Warning => fail_on == FailOn::Warning,
        Outcome::Passed | Outcome::Skipped => false,
    };
    if checks.iter().any(fails) { ExitStatus::Failed } else { ExitStatus::Done }
}

/// Whether a cluster can be made.
///
/// # Errors
/// Where the user's own files cannot be read.
pub async fn before(
    global: &Global,
    provider: Option<ProviderName>,
    port: Option<u16>,
    printer: &Printer,
) -> Result<Vec<Check>> {
    before::run(global, provider, port, printer).await
}

/// Whether a cluster works, up to a film that is played.
///
/// # Errors
/// Where there is no such cluster.
pub async fn after(
    global: &Global,
    film: Option<&ginflix_api::media::MediaName>,
    printer: &Printer,
) -> Result<Vec<Check>> {
    after::run(global, film, printer).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_fail_only_where_that_is_asked_for() {
        let passed = Check::passed(Category::Dns, "a", "");
        let skipped = Check::skipped(Category::Dns, "a", "");
        let warning = Check::warning(Category::Dns, "a", "", "");
        let failed = Check::failed(Category::Dns, "a", "", "");
        let of = |checks: &[&Check], on| {
            status(&checks.iter().map(|check| (*check).clone()).collect::<Vec<_>>(), on)
        };
        assert_eq!(of(&[&passed, &skipped, &warning], FailOn::Error), ExitStatus::Done);
        assert_eq!(of(&[&passed, &warning], FailOn::Warning), ExitStatus::Failed);
        assert_eq!(of(&[&skipped], FailOn::Warning), ExitStatus::Done);
        assert_eq!(of(&[&passed, &failed], FailOn::Error), ExitStatus::Failed);
    }

    #[test]
    fn every_failure_leads_to_a_heading_of_the_page() {
        let page = include_str!("../../../docs/checks.md");
        use Category::*;
        for category in [
            Tools,
            Kubernetes,
            Permissions,
            Storage,
            Ports,
            Nodes,
            Dns,
            Volumes,
            Workloads,
            Database,
            Gateway,
            Replicas,
            Film,
        ] {
            assert!(page.contains(&format!("\n## {}\n", category.title())), "{category:?}");
            let failed = Check::failed(category, "", "", "");
            let anchor = format!("#{}", category.title().to_lowercase());
            assert!(failed.page.unwrap().ends_with(&anchor));
        }
    }
}
