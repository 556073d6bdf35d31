//! Picks the provider of a new cluster if the user names none.

use super::kind;
use crate::cluster::options::ProviderName;

/// A provider and the reason why it was picked.
#[derive(Debug, PartialEq, Eq)]
pub struct ProviderChoice {
    /// The provider.
    pub provider: ProviderName,
    /// The reason, in words for the user.
    pub reason: &'static str,
}

/// Picks the provider kubernetes if the user names a context (`has_context`), else kind if it is
/// installed and Docker responds, else local.
pub async fn pick(has_context: bool) -> ProviderChoice {
    let has_kind = !has_context && kind::is_kind_installed().await;
    let has_docker = has_kind && kind::is_docker_running().await;
    decide(has_context, has_kind, has_docker)
}

fn decide(has_context: bool, has_kind: bool, has_docker: bool) -> ProviderChoice {
    let (provider, reason) = match (has_context, has_kind, has_docker) {
        (true, ..) => (ProviderName::Kubernetes, "a Kubernetes context is named"),
        (_, true, true) => (ProviderName::Kind, "Docker runs and kind is installed"),
        (_, true, false) => (ProviderName::Local, "kind is installed, but Docker does not respond"),
        (_, false, _) => (ProviderName::Local, "kind is not installed"),
    };
    ProviderChoice { provider, reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kind_needs_docker_and_a_context_takes_precedence() {
        let provider = |a, b, c| decide(a, b, c).provider;
        assert_eq!(provider(false, true, true), ProviderName::Kind);
        assert_eq!(provider(false, true, false), ProviderName::Local);
        assert_eq!(provider(false, false, false), ProviderName::Local);
        assert_eq!(provider(true, true, true), ProviderName::Kubernetes);
    }
}
