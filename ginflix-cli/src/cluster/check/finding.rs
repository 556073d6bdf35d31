//! What a check has found, and in which words it is reported.

use serde::Serialize;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_failure_leads_to_a_heading_of_the_page() {
        let page = include_str!("../../../../docs/checks.md");
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
