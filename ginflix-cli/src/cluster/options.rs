//! What may be chosen about a cluster: words of the command line and of the state file.

use clap::ValueEnum;

/// Where a cluster runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProviderName {
    /// Processes on this machine.
    Local,
    /// A Kubernetes cluster of containers on this machine, made by kind.
    Kind,
    /// A Kubernetes cluster that is there already.
    Kubernetes,
}

impl ProviderName {
    /// As it stands on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Kind => "kind",
            Self::Kubernetes => "kubernetes",
        }
    }
}

/// Who may watch.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum ClusterAccess {
    /// Anyone.
    #[default]
    Public,
    /// Accounts, tokens and signed links only.
    Private,
}

/// What makes a check's exit code 1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Failed checks.
    #[default]
    Error,
    /// Warnings too.
    Warning,
}
