//! Where a new cluster runs if nobody says.

use super::kind;
use crate::cluster::options::ProviderName;

/// What was chosen, and why.
#[derive(Debug, PartialEq, Eq)]
pub struct Choice {
    /// The provider.
    pub provider: ProviderName,
    /// Why, for people.
    pub why: &'static str,
}

/// Chooses: kind where it can work, else this machine's own processes.
pub async fn choose(names_context: bool) -> Choice {
    let kind = !names_context && kind::kind_is_there().await;
    let docker = kind && kind::docker_answers().await;
    decide(names_context, kind, docker)
}

fn decide(names_context: bool, kind: bool, docker: bool) -> Choice {
    let (provider, why) = match (names_context, kind, docker) {
        (true, ..) => (ProviderName::Kubernetes, "a Kubernetes context is named"),
        (_, true, true) => (ProviderName::Kind, "Docker answers and kind is installed"),
        (_, true, false) => (ProviderName::Local, "kind is installed, but Docker does not answer"),
        (_, false, _) => (ProviderName::Local, "kind is not installed"),
    };
    Choice { provider, why }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kind_needs_both_and_a_context_goes_before() {
        let provider = |a, b, c| decide(a, b, c).provider;
        assert_eq!(provider(false, true, true), ProviderName::Kind);
        assert_eq!(provider(false, true, false), ProviderName::Local);
        assert_eq!(provider(false, false, false), ProviderName::Local);
        assert_eq!(provider(true, true, true), ProviderName::Kubernetes);
    }
}
