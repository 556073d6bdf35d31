//! Choices about a cluster that occur both on the command line and in its state file.

use clap::ValueEnum;

/// Where a cluster runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProviderName {
    /// Processes on this machine.
    Local,
    /// A Kubernetes cluster in containers on this machine, created by kind.
    Kind,
    /// A Kubernetes cluster that exists already.
    Kubernetes,
}

impl ProviderName {
    /// Returns the value of `--provider`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Kind => "kind",
            Self::Kubernetes => "kubernetes",
        }
    }
}

/// The clients that may watch.
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

impl ClusterAccess {
    /// Returns the value of the server's option `--access`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Private => "private",
        }
    }
}

/// The least severe outcome of a check with which `cluster check` exits with 1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Failed checks.
    #[default]
    Error,
    /// Warnings too.
    Warning,
}
