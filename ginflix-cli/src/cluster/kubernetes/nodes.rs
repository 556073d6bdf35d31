//! How the nodes of a Kubernetes cluster are: pure, from what the API tells.

use serde::Serialize;

use super::objects::name_of;
use super::observe::Observed;

/// A node of the Kubernetes cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NodeState {
    /// Its name.
    pub name: String,
    /// Whether it may run pods.
    pub is_ready: bool,
    /// In Kubernetes' words.
    pub reason: Option<String>,
    /// The version of its kubelet.
    pub version: String,
    /// From outside where it has such a one.
    pub address: Option<String>,
}

/// The nodes, where they may be seen.
pub fn nodes(observed: &Observed) -> Option<Vec<NodeState>> {
    let states = observed.nodes.as_ref()?.iter().map(|node| {
        let status = node.status.clone().unwrap_or_default();
        let ready = status.conditions.unwrap_or_default().into_iter().find(|c| c.type_ == "Ready");
        let is_ready = ready.as_ref().is_some_and(|condition| condition.status == "True");
        let addresses = status.addresses.unwrap_or_default();
        let address = ["ExternalIP", "InternalIP"]
            .into_iter()
            .find_map(|kind| addresses.iter().find(|address| address.type_ == kind));
        NodeState {
            name: name_of(&node.metadata),
            is_ready,
            reason: ready.filter(|_| !is_ready).and_then(|condition| condition.message),
            version: status.node_info.map(|info| info.kubelet_version).unwrap_or_default(),
            address: address.map(|address| address.address.clone()),
        }
    });
    Some(states.collect())
}
