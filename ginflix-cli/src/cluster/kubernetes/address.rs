//! Where a cluster is reached from this machine.

use std::time::{Duration, Instant};

use ginflix_api::client::Client as ServerClient;
use kube::Client;
use url::Url;

use super::{Overrides, observe, parts};
use crate::cluster::progress::{Event, Progress};
use crate::cluster::settings::{Service, Settings};
use crate::error::Result;

/// How long a load balancer may take to give an address.
const ADDRESS_TIMEOUT: Duration = Duration::from_secs(20);
/// How long the server may take to answer there.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(3);

/// Where the cluster is reached from this machine, if it is.
///
/// # Errors
/// Where the Kubernetes API does not answer.
pub async fn find(
    client: &Client,
    namespace: &str,
    settings: &Settings,
    overrides: &Overrides,
    progress: &dyn Progress,
) -> Result<Option<Url>> {
    let deadline = Instant::now() + ADDRESS_TIMEOUT;
    let step = progress.start("Waiting for an address");
    loop {
        let candidate = match (&overrides.gateway_url, &settings.host) {
            (Some(url), _) => Some(url.clone()),
            (None, Some(host)) => Some(format!("https://{host}/")),
            (None, None) => parts::gateway_address(&observe::observe(client, namespace).await?),
        };
        let url = candidate.as_deref().and_then(|text| Url::parse(text).ok());
        if let Some(url) = url
            && answers(&url).await
        {
            step.done(&format!("It answers at {url}"));
            return Ok(Some(url));
        }
        let never = settings.service == Some(Service::ClusterIp) && settings.host.is_none();
        if never || Instant::now() >= deadline {
            step.done("Commands reach it through a port-forward");
            match candidate {
                Some(address) => progress.report(Event::Warning(&format!(
                    "{address} does not answer from this machine (yet)"
                ))),
                None if never => {}
                None => progress.report(Event::Warning(
                    "the cluster has given the gateway no address (yet): is there a load \
                     balancer? else: ginflix cluster up --service node-port",
                )),
            }
            return Ok(None);
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

async fn answers(url: &Url) -> bool {
    let Ok(server) = ServerClient::new(url.clone(), None) else { return false };
    matches!(tokio::time::timeout(ANSWER_TIMEOUT, server.is_ready()).await, Ok(Ok(true)))
}
