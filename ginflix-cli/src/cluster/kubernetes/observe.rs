//! Reads the objects of a cluster from the API.

use k8s_openapi::api::apps::v1::{Deployment, StatefulSet};
use k8s_openapi::api::core::v1::{Event, Node, PersistentVolumeClaim, Pod, Service};
use kube::api::{Api, ListParams};
use kube::{Client, Resource};
use serde::de::DeserializeOwned;

use super::access::failure;
use super::objects::is_ready;
use crate::error::Result;

/// The objects of a cluster's namespace, and the nodes, at about one point in time.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs)] // each field is all objects of its kind in the namespace
pub struct ObservedState {
    pub deployments: Vec<Deployment>,
    pub stateful_sets: Vec<StatefulSet>,
    pub pods: Vec<Pod>,
    pub claims: Vec<PersistentVolumeClaim>,
    pub services: Vec<Service>,
    pub events: Vec<Event>,
    /// The nodes of the Kubernetes cluster; absent if the user may not list them.
    pub nodes: Option<Vec<Node>>,
}

/// Reads the objects of a cluster.
///
/// # Errors
/// The API does not respond, or refuses.
pub async fn observe(client: &Client, cluster: &str) -> Result<ObservedState> {
    // Nodes are in no namespace, so a user whose rights are limited to one may not list them.
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
    Ok(ObservedState { deployments, stateful_sets, pods, claims, services, events, nodes })
}

/// Returns whether the name server of the Kubernetes cluster is ready; `None` if the user may not
/// list its pods, or they do not have the usual label.
pub async fn is_dns_ready(client: &Client) -> Option<bool> {
    let dns_pods = ListParams::default().labels("k8s-app=kube-dns");
    let api: Api<Pod> = Api::namespaced(client.clone(), "kube-system");
    let pods = api.list(&dns_pods).await.ok()?.items;
    (!pods.is_empty()).then(|| pods.iter().any(is_ready))
}

async fn list<K>(client: &Client, cluster: &str, operation: &str) -> Result<Vec<K>>
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
        .map_err(|e| failure(operation, &e))
}
