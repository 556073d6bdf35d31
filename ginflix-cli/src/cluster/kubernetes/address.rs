//! Finds the address at which this machine reaches a cluster.

use std::time::{Duration, Instant};

use ginflix_api::client::Client as ServerClient;
use kube::Client;
use url::Url;

use super::{RolloutOverrides, components, observe};
use crate::cluster::progress::{Progress, ProgressEvent};
use crate::cluster::settings::{KubernetesSettings, ServiceType};
use crate::error::Result;

/// How long a load balancer may take to assign an address, and the server to respond there.
const ADDRESS_TIMEOUT: Duration = Duration::from_secs(20);
/// Interval between two attempts to reach the server.
const POLL_INTERVAL: Duration = Duration::from_millis(500);
/// How long the server may take to respond to one attempt.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(3);

/// Waits until the cluster responds at its address, and returns the address; `None` if it does not
/// respond in time or is not exposed, so that commands must open a port-forward.
///
/// # Errors
/// The Kubernetes API does not respond.
pub async fn find(
    client: &Client,
    namespace: &str,
    settings: &KubernetesSettings,
    overrides: &RolloutOverrides,
    progress: &dyn Progress,
) -> Result<Option<Url>> {
    let deadline = Instant::now() + ADDRESS_TIMEOUT;
    let step = progress.start("Waiting for an address");
    let is_exposed = settings.service != Some(ServiceType::ClusterIp) || settings.host.is_some();
    loop {
        let candidate = match (&overrides.gateway_url, &settings.host) {
            (Some(url), _) => Some(url.clone()),
            (None, Some(host)) => Some(format!("https://{host}/")),
            (None, None) => {
                components::gateway_address(&observe::observe(client, namespace).await?)
            }
        };
        let url = candidate.as_deref().and_then(|text| Url::parse(text).ok());
        if let Some(url) = url
            && is_responding(&url).await
        {
            step.done(&format!("It responds at {url}"));
            return Ok(Some(url));
        }
        if !is_exposed || Instant::now() >= deadline {
            step.done("Commands reach it through a port-forward");
            if let Some(text) = warning(candidate, is_exposed) {
                progress.report(ProgressEvent::Warning(&text));
            }
            return Ok(None);
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}

/// Returns why the cluster cannot be reached at an address, unless that is intended.
fn warning(candidate: Option<String>, is_exposed: bool) -> Option<String> {
    match candidate {
        Some(address) => Some(format!(
            "{address} does not respond from this machine (yet): check that its name and port can \
             be reached from here"
        )),
        None if !is_exposed => None,
        None => Some(
            "the Kubernetes cluster has not assigned an address to the gateway (yet): if it has no \
             load balancer, use ginflix cluster up --service node-port"
                .to_owned(),
        ),
    }
}

async fn is_responding(url: &Url) -> bool {
    let Ok(server) = ServerClient::new(url.clone(), None) else { return false };
    matches!(tokio::time::timeout(RESPONSE_TIMEOUT, server.is_ready()).await, Ok(Ok(true)))
}
