//! How each part of a cluster is, and its volumes: pure, from what the API tells.

use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::Serialize;

use super::manifests::APP;
use super::nodes::nodes;
use super::objects::{container_statuses, is_ready, name_of};
use super::observe::Observed;
use super::problem::{Problem, last_event, problem};
use crate::cluster::settings::PartName;

/// A part of the cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Part {
    /// Which.
    pub name: PartName,
    /// How many there should be.
    pub wanted: u32,
    /// How many may take traffic.
    pub ready: u32,
    /// How many are as they were last asked to be.
    pub updated: u32,
    /// Nothing of it is still to happen.
    pub is_complete: bool,
    /// Of its first container, as asked for.
    pub image: String,
    /// Its pods, also those on their way.
    pub pods: Vec<PodState>,
    /// Why it is not complete, as far as can be seen.
    pub problem: Option<Problem>,
}

/// A pod of a part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PodState {
    /// Its name.
    pub name: String,
    /// Where it runs, once that is decided.
    pub node: Option<String>,
    /// Of its first container.
    pub image: String,
    /// Whether it may take traffic.
    pub is_ready: bool,
    /// How often its containers were started anew.
    pub restarts: u32,
    /// Whether it is being deleted.
    pub is_leaving: bool,
}

impl Part {
    /// `1 of 2 ready`.
    pub fn progress(&self) -> String {
        if self.updated < self.wanted && self.ready >= self.wanted {
            format!("{} of {} up to date", self.updated, self.wanted)
        } else {
            format!("{} of {} ready", self.ready, self.wanted)
        }
    }
}

/// All parts that exist, in the order of [`PartName::ALL`].
pub fn parts(observed: &Observed) -> Vec<Part> {
    PartName::ALL.into_iter().filter_map(|name| part(name, observed)).collect()
}

fn part(name: PartName, observed: &Observed) -> Option<Part> {
    let is_it = |meta: &ObjectMeta| meta.name.as_deref() == Some(name.as_str());
    let count = |n: Option<i32>| u32::try_from(n.unwrap_or(0)).unwrap_or(0);
    let (wanted, ready, updated, settled, template) =
        if let Some(set) = observed.stateful_sets.iter().find(|set| is_it(&set.metadata)) {
            let (spec, status) = (set.spec.as_ref()?, set.status.clone().unwrap_or_default());
            let seen = status.observed_generation >= set.metadata.generation;
            // Without pods of another revision all of them are of the newest.
            let updated = if status.current_revision == status.update_revision {
                count(Some(status.replicas))
            } else {
                count(status.updated_replicas)
            };
            let wanted = count(Some(spec.replicas.unwrap_or(1)));
            let settled = seen && count(Some(status.replicas)) == wanted;
            (wanted, count(status.ready_replicas), updated, settled, &spec.template)
        } else {
            let found = observed.deployments.iter().find(|found| is_it(&found.metadata))?;
            let (spec, status) = (found.spec.as_ref()?, found.status.clone().unwrap_or_default());
            let seen = status.observed_generation >= found.metadata.generation;
            let wanted = count(Some(spec.replicas.unwrap_or(1)));
            let settled = seen && count(status.replicas) == wanted;
            let ready = count(status.available_replicas);
            (wanted, ready, count(status.updated_replicas), settled, &spec.template)
        };
    let image = template
        .spec
        .as_ref()
        .and_then(|spec| spec.containers.first()?.image.clone())
        .unwrap_or_default();
    let pods: Vec<&Pod> =
        observed.pods.iter().filter(|pod| app(&pod.metadata) == Some(name.as_str())).collect();
    let is_complete = settled && ready == wanted && updated == wanted;
    let problem =
        if is_complete || wanted == 0 { None } else { problem(name, &pods, wanted, observed) };
    Some(Part {
        name,
        wanted,
        ready,
        updated,
        is_complete,
        image,
        pods: pods.iter().map(|pod| pod_state(pod)).collect(),
        problem,
    })
}

fn app(meta: &ObjectMeta) -> Option<&str> {
    meta.labels.as_ref()?.get(APP).map(String::as_str)
}

fn pod_state(pod: &Pod) -> PodState {
    let statuses = container_statuses(pod);
    let spec = pod.spec.as_ref();
    PodState {
        name: name_of(&pod.metadata),
        node: spec.and_then(|spec| spec.node_name.clone()),
        image: spec.and_then(|spec| spec.containers.first()?.image.clone()).unwrap_or_default(),
        is_ready: is_ready(pod),
        restarts: statuses.iter().map(|s| u32::try_from(s.restart_count).unwrap_or(0)).sum(),
        is_leaving: pod.metadata.deletion_timestamp.is_some(),
    }
}

/// A volume of the cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VolumeState {
    /// The name of the claim.
    pub claim: String,
    /// Whether there is a volume.
    pub is_bound: bool,
    /// As Kubernetes spells it.
    pub size: String,
    /// Its storage class.
    pub class: Option<String>,
    /// What its provisioner says, where it is not bound.
    pub reason: Option<String>,
}

/// The volumes.
pub fn volumes(observed: &Observed) -> Vec<VolumeState> {
    observed
        .claims
        .iter()
        .map(|claim| {
            let (spec, status) =
                (claim.spec.clone().unwrap_or_default(), claim.status.clone().unwrap_or_default());
            let is_bound = status.phase.as_deref() == Some("Bound");
            let name = name_of(&claim.metadata);
            let has = status.capacity.as_ref().and_then(|capacity| capacity.get("storage"));
            let asked = spec.resources.as_ref().and_then(|r| r.requests.as_ref()?.get("storage"));
            let reason = (!is_bound)
                .then(|| {
                    ["ProvisioningFailed", "FailedBinding", "WaitForFirstConsumer"]
                        .into_iter()
                        .find_map(|reason| last_event(&name, reason, observed))
                })
                .flatten();
            VolumeState {
                is_bound,
                size: has.or(asked).map(|size| size.0.clone()).unwrap_or_default(),
                class: spec.storage_class_name,
                reason,
                claim: name,
            }
        })
        .collect()
}

/// Where the gateway is reached from outside, if anywhere.
pub fn gateway_address(observed: &Observed) -> Option<String> {
    let service = observed
        .services
        .iter()
        .find(|service| service.metadata.name.as_deref() == Some(PartName::Gateway.as_str()))?;
    let spec = service.spec.as_ref()?;
    let port = spec.ports.as_ref()?.first()?;
    let with_port = |host: &str, port: i32| {
        let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
        if port == 80 { format!("http://{host}/") } else { format!("http://{host}:{port}/") }
    };
    match spec.type_.as_deref() {
        Some("LoadBalancer") => {
            let ingress = service.status.as_ref()?.load_balancer.as_ref()?.ingress.as_ref()?;
            let first = ingress.first()?;
            let host = first.ip.as_deref().or(first.hostname.as_deref())?;
            Some(with_port(host, port.port))
        }
        Some("NodePort") => {
            let nodes = nodes(observed)?;
            let address =
                nodes.iter().filter(|node| node.is_ready).find_map(|n| n.address.clone())?;
            Some(with_port(&address, port.node_port?))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
