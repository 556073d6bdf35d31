//! Where a cluster is reached from this machine.

use std::time::{Duration, Instant};

use ginflix_api::client::Client as ServerClient;
use kube::Client;
use url::Url;

use super::{Kubernetes, observe, parts};
use crate::cluster::settings::{Service, Settings};
use crate::cluster::state::OnKubernetes;
use crate::cluster::state::State;
use crate::error::Result;
use crate::printer::Printer;
use crate::progress::Step;

/// How long a load balancer may take to give an address.
const ADDRESS_TIMEOUT: Duration = Duration::from_secs(20);

impl Kubernetes {
    /// Where the cluster is reached from this machine, if it is.
    pub(super) async fn find_address(
        &self,
        client: &Client,
        state: &State,
        settings: &Settings,
        printer: &Printer,
    ) -> Result<Option<Url>> {
        let deadline = Instant::now() + ADDRESS_TIMEOUT;
        let step = Step::start(printer, "Waiting for an address");
        loop {
            let candidate = match (&state.kubernetes, &settings.host) {
                (Some(OnKubernetes { kind: Some(made), .. }), _) => Some(made.url()),
                (_, Some(host)) => Some(format!("https://{host}/")),
                _ => {
                    let observed = observe::observe(client, self.name()).await?;
                    parts::gateway_address(&observed)
                }
            };
            let url = candidate.as_deref().and_then(|text| Url::parse(text).ok());
            if let Some(url) = &url
                && let Ok(server) = ServerClient::new(url.clone(), None)
                && matches!(
                    tokio::time::timeout(Duration::from_secs(3), server.is_ready()).await,
                    Ok(Ok(true))
                )
            {
                step.done(&format!("It answers at {url}"));
                return Ok(Some(url.clone()));
            }
            let never = settings.service == Some(Service::ClusterIp) && settings.host.is_none();
            if never || Instant::now() >= deadline {
                step.done("Commands reach it through a port-forward");
                match candidate {
                    Some(address) => {
                        printer.warn(&format!("{address} does not answer from this machine (yet)"))
                    }
                    None if never => {}
                    None => printer.warn(
                        "the cluster has given the gateway no address (yet): is there a load \
                         balancer? else: ginflix cluster up --service node-port",
                    ),
                }
                return Ok(None);
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }
}
