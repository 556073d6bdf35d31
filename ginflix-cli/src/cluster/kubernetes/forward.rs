//! Port-forwards from a port of the loopback address, through the Kubernetes API, to a pod.

use std::net::Ipv4Addr;
use std::sync::Arc;

use k8s_openapi::api::core::v1::Pod;
use kube::Client;
use kube::api::{Api, ListParams};
use tokio::net::{TcpListener, TcpStream};

use super::access::failure;
use super::manifests::APP_LABEL;
use super::objects::is_ready;
use crate::cluster::settings::ComponentName;
use crate::error::{ExitStatus, Failure, Result};

/// The target of a port-forward.
#[derive(Debug, Clone)]
pub enum ForwardTarget {
    /// Any ready pod of a component.
    Component(ComponentName),
    /// The pod with this name.
    Pod(String),
}

/// Opens a port-forward to `port` of the target and returns the local port. The port-forward lasts
/// until the command ends.
///
/// # Errors
/// No pod is ready, or the API refuses.
pub async fn open(client: &Client, cluster: &str, target: ForwardTarget, port: u16) -> Result<u16> {
    let api: Api<Pod> = Api::namespaced(client.clone(), cluster);
    let pod = resolve_pod(&api, &target).await?;
    // Tried once here, because the task that forwards later connections cannot report a failure.
    api.portforward(&pod, &[port])
        .await
        .map_err(|e| failure(&format!("open a port-forward to {pod}"), &e))?
        .abort();
    let failed = |e: std::io::Error| Failure::failed(format!("cannot listen on 127.0.0.1: {e}"));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(failed)?;
    let local_port = listener.local_addr().map_err(failed)?.port();
    let target = Arc::new(target);
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            let (api, target) = (api.clone(), Arc::clone(&target));
            tokio::spawn(async move { forward(&api, &target, port, connection).await });
        }
    });
    Ok(local_port)
}

async fn resolve_pod(api: &Api<Pod>, target: &ForwardTarget) -> Result<String> {
    let component = match target {
        ForwardTarget::Pod(name) => return Ok(name.clone()),
        ForwardTarget::Component(component) => component,
    };
    let pods = api
        .list(&ListParams::default().labels(&format!("{APP_LABEL}={component}")))
        .await
        .map_err(|e| failure("list pods", &e))?;
    pods.items
        .into_iter()
        .find(|pod| is_ready(pod) && pod.metadata.deletion_timestamp.is_none())
        .and_then(|pod| pod.metadata.name)
        .ok_or_else(|| {
            Failure::new(ExitStatus::Failed, format!("no pod of the {component} is ready")).hint(
                "if the cluster is stopped, start it: ginflix cluster up; \
                 otherwise see the cause: ginflix cluster check",
            )
        })
}

/// Forwards one connection. If that fails, closes it.
async fn forward(api: &Api<Pod>, target: &ForwardTarget, port: u16, mut connection: TcpStream) {
    // Resolved for each connection, because pods are replaced while a command runs.
    let Ok(pod) = resolve_pod(api, target).await else { return };
    let Ok(mut forwarder) = api.portforward(&pod, &[port]).await else { return };
    let Some(mut stream) = forwarder.take_stream(port) else { return };
    let _ = connection.set_nodelay(true);
    let _ = tokio::io::copy_bidirectional(&mut connection, &mut stream).await;
    drop(stream);
    forwarder.abort();
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::mock::{mock_api, status};
    use super::*;

    async fn refusal(response: (u16, serde_json::Value)) -> Failure {
        let (client, _calls) = mock_api(move |_| response.clone());
        let target = ForwardTarget::Component(ComponentName::Gateway);
        open(&client, "films", target, 80).await.unwrap_err()
    }

    #[tokio::test]
    async fn a_failed_port_forward_has_the_hint_of_its_cause() {
        let hint = |failure: &Failure| failure.hint.clone().unwrap();
        let list = json!({"apiVersion": "v1", "kind": "PodList", "metadata": {}, "items": []});
        let stopped = hint(&refusal((200, list)).await);
        assert!(stopped.contains("start it: ginflix cluster up"), "{stopped}");
        let denied = refusal(status(403, "Forbidden", "no")).await;
        assert_eq!(hint(&denied), "see which permissions are missing: ginflix cluster check --pre");
    }
}
