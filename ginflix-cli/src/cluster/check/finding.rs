//! The result of a check.

use serde::Serialize;

/// The page of the documentation with a heading for each category.
const PAGE: &str = "docs/checks.md";

/// The subject area of a check, in the order of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// Programs and their versions.
    Tools,
    /// The Kubernetes cluster as a whole.
    Kubernetes,
    /// The permissions of the user in the Kubernetes cluster.
    Permissions,
    /// Storage classes.
    Storage,
    /// Ports of this machine.
    Ports,
    /// Nodes.
    Nodes,
    /// The name server of the Kubernetes cluster.
    Dns,
    /// Volumes.
    Volumes,
    /// Components and their pods.
    Workloads,
    /// The catalogue's database.
    Database,
    /// The address of the cluster, and the token for it.
    Gateway,
    /// The replicas of media files on the streamers.
    Replicas,
    /// The playback of a media file.
    #[serde(rename = "film")]
    Playback,
}

impl Category {
    /// Returns the heading of the category in the report and on the page.
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
            Self::Playback => "Film",
        }
    }

    /// Returns the link to the category's heading on the page.
    fn link(self) -> String {
        format!("{PAGE}#{}", self.title().to_lowercase())
    }
}

/// The outcome of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckOutcome {
    /// The subject works.
    Passed,
    /// The subject could not be checked.
    Skipped,
    /// The subject works now, but something threatens it.
    Warning,
    /// The subject does not work.
    Failed,
}

/// A check and its outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// The subject area.
    pub category: Category,
    /// The checked thing, in a few words.
    #[serde(rename = "what")]
    pub subject: String,
    /// The outcome.
    pub outcome: CheckOutcome,
    /// The observation, or the reason why nothing was observed.
    pub detail: String,
    /// What to do about a warning or failure.
    pub hint: Option<String>,
    /// A link to the page that explains a warning or failure.
    pub page: Option<String>,
}

impl Check {
    /// Returns a check whose subject works.
    pub fn passed(
        category: Category,
        subject: impl Into<String>,
        detail: impl Into<String>,
    ) -> Self {
        let (subject, detail) = (subject.into(), detail.into());
        Self { category, subject, outcome: CheckOutcome::Passed, detail, hint: None, page: None }
    }

    /// Returns a check that was not possible.
    pub fn skipped(
        category: Category,
        subject: impl Into<String>,
        reason: impl Into<String>,
    ) -> Self {
        Self { outcome: CheckOutcome::Skipped, ..Self::passed(category, subject, reason) }
    }

    /// Returns a check whose subject works, but is threatened.
    pub fn warning(
        category: Category,
        subject: impl Into<String>,
        detail: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self { outcome: CheckOutcome::Warning, ..Self::failed(category, subject, detail, hint) }
    }

    /// Returns a check whose subject does not work.
    pub fn failed(
        category: Category,
        subject: impl Into<String>,
        detail: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self {
            outcome: CheckOutcome::Failed,
            hint: Some(hint.into()),
            page: Some(category.link()),
            ..Self::passed(category, subject, detail)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `cluster check -o json` has had these names since version 0.1.0.
    #[test]
    fn renamed_fields_keep_their_names_in_json() {
        let json = serde_json::to_value(Check::passed(Category::Playback, "a", "b")).unwrap();
        assert_eq!((&json["what"], &json["category"]), (&"a".into(), &"film".into()));
    }

    #[test]
    fn every_failure_links_to_a_heading_of_the_page() {
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
            Playback,
        ] {
            assert!(page.contains(&format!("\n## {}\n", category.title())), "{category:?}");
            let failed = Check::failed(category, "", "", "");
            let anchor = format!("#{}", category.title().to_lowercase());
            assert!(failed.page.unwrap().ends_with(&anchor));
        }
    }
}
