//! The state of the nodes of a Kubernetes cluster, derived from the API's objects without any I/O.

use serde::Serialize;

use super::objects::name_of;
use super::observe::ObservedState;

/// A node of the Kubernetes cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NodeState {
    /// The name.
    pub name: String,
    /// Whether its condition `Ready` is true.
    pub is_ready: bool,
    /// The message of that condition if the node is not ready.
    pub reason: Option<String>,
    /// The version of its kubelet.
    pub version: String,
    /// Its external address, else its internal one.
    pub address: Option<String>,
}

/// Returns the nodes; `None` if the user may not list them.
pub fn nodes(observed: &ObservedState) -> Option<Vec<NodeState>> {
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
