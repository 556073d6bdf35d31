//! A port-forward that lasts as long as the command: from a port of this
//! machine's loopback through the Kubernetes API to a pod.

use std::net::Ipv4Addr;
use std::sync::Arc;

use k8s_openapi::api::core::v1::Pod;
use kube::Client;
use kube::api::{Api, ListParams};
use tokio::net::{TcpListener, TcpStream};

use super::access::failure;
use super::manifests::APP;
use super::objects::is_ready;
use crate::cluster::settings::PartName;
use crate::error::{ExitStatus, Failure, Result};

/// Where a port-forward leads.
#[derive(Debug, Clone)]
pub enum Destination {
    /// Any ready pod of a part.
    Part(PartName),
    /// This pod.
    Pod(String),
}

/// Opens one, and says on which port of the loopback. It is served by the
/// command's runtime, and ends with it.
///
/// # Errors
/// Where no pod is ready, or the API does not let us.
pub async fn open(client: &Client, cluster: &str, to: Destination, port: u16) -> Result<u16> {
    let api: Api<Pod> = Api::namespaced(client.clone(), cluster);
    let pod = choose(&api, &to).await?;
    // What would fail for every connection is said once, and here.
    api.portforward(&pod, &[port])
        .await
        .map_err(|e| failure(&format!("open a port-forward to {pod}"), &e))?
        .abort();
    let failed = |e: std::io::Error| Failure::failed(format!("cannot listen on 127.0.0.1: {e}"));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(failed)?;
    let local = listener.local_addr().map_err(failed)?.port();
    let to = Arc::new(to);
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            let (api, to) = (api.clone(), Arc::clone(&to));
            // Its client sees the connection end; there is nobody else to tell.
            tokio::spawn(async move { carry(&api, &to, port, connection).await });
        }
    });
    Ok(local)
}

async fn choose(api: &Api<Pod>, to: &Destination) -> Result<String> {
    let part = match to {
        Destination::Pod(name) => return Ok(name.clone()),
        Destination::Part(part) => part,
    };
    let pods = api
        .list(&ListParams::default().labels(&format!("{APP}={part}")))
        .await
        .map_err(|e| failure("list pods", &e))?;
    pods.items
        .into_iter()
        .find(|pod| is_ready(pod) && pod.metadata.deletion_timestamp.is_none())
        .and_then(|pod| pod.metadata.name)
        .ok_or_else(|| {
            Failure::new(ExitStatus::Failed, format!("no pod of the {part} is ready"))
                .hint("see what is the matter: ginflix cluster check")
        })
}

async fn carry(api: &Api<Pod>, to: &Destination, port: u16, mut connection: TcpStream) {
    let Ok(pod) = choose(api, to).await else { return };
    let Ok(mut forwarder) = api.portforward(&pod, &[port]).await else { return };
    let Some(mut stream) = forwarder.take_stream(port) else { return };
    let _ = connection.set_nodelay(true);
    let _ = tokio::io::copy_bidirectional(&mut connection, &mut stream).await;
    drop(stream);
    forwarder.abort();
}
