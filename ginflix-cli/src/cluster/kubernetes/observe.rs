//! Asks the API for all that tells how a cluster is.

use k8s_openapi::api::apps::v1::{Deployment, StatefulSet};
use k8s_openapi::api::core::v1::{Event, Node, PersistentVolumeClaim, Pod, Service};
use kube::api::{Api, ListParams};
use kube::{Client, Resource};
use serde::de::DeserializeOwned;

use super::access::failure;
use super::objects::is_ready;
use crate::error::Result;

/// What the API tells of a cluster.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs)] // each is all of its kind in the namespace
pub struct Observed {
    pub deployments: Vec<Deployment>,
    pub stateful_sets: Vec<StatefulSet>,
    pub pods: Vec<Pod>,
    pub claims: Vec<PersistentVolumeClaim>,
    pub services: Vec<Service>,
    pub events: Vec<Event>,
    /// Absent where the user may not see nodes.
    pub nodes: Option<Vec<Node>>,
}

/// Asks.
///
/// # Errors
/// Where the API does not answer, or says no.
pub async fn observe(client: &Client, cluster: &str) -> Result<Observed> {
    // Nodes are of the whole Kubernetes cluster: not everybody may see them.
    let nodes = async {
        match Api::<Node>::all(client.clone()).list(&ListParams::default()).await {
            Ok(nodes) => Ok(Some(nodes.items)),
            Err(kube::Error::Api(status)) if status.code == 403 => Ok(None),
            Err(error) => Err(failure("list nodes", &error)),
        }
    };
    let (deployments, stateful_sets, pods, claims, services, events, nodes) = tokio::try_join!(
        list::<Deployment>(client, cluster, "list deployments"),
        list::<StatefulSet>(client, cluster, "list stateful sets"),
        list::<Pod>(client, cluster, "list pods"),
        list::<PersistentVolumeClaim>(client, cluster, "list volume claims"),
        list::<Service>(client, cluster, "list services"),
        list::<Event>(client, cluster, "list events"),
        nodes,
    )?;
    Ok(Observed { deployments, stateful_sets, pods, claims, services, events, nodes })
}

/// Whether names can be looked up in the Kubernetes cluster; absent where that
/// may not be seen, or is done by other means than usual.
pub async fn dns_is_ready(client: &Client) -> Option<bool> {
    let usual = ListParams::default().labels("k8s-app=kube-dns");
    let api: Api<Pod> = Api::namespaced(client.clone(), "kube-system");
    let pods = api.list(&usual).await.ok()?.items;
    (!pods.is_empty()).then(|| pods.iter().any(is_ready))
}

async fn list<K>(client: &Client, cluster: &str, doing: &str) -> Result<Vec<K>>
where
    K: Resource<Scope = k8s_openapi::NamespaceResourceScope>
        + Clone
        + DeserializeOwned
        + std::fmt::Debug,
    K::DynamicType: Default,
{
    Api::<K>::namespaced(client.clone(), cluster)
        .list(&ListParams::default())
        .await
        .map(|list| list.items)
        .map_err(|e| failure(doing, &e))
}
