//! The state of components and volumes, derived from the API's objects without any I/O.

use k8s_openapi::api::apps::v1::{Deployment, StatefulSet};
use k8s_openapi::api::core::v1::{PersistentVolumeClaim, Pod, PodTemplateSpec};
use serde::Serialize;

use super::manifests::APP_LABEL;
use super::nodes::nodes;
use super::objects::{container_statuses, is_ready, name_of};
use super::observe::ObservedState;
use super::problem::{Problem, last_event, problem};
use crate::cluster::settings::ComponentName;

/// The state of a component.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Component {
    /// The name.
    pub name: ComponentName,
    /// The desired number of pods.
    #[serde(rename = "wanted")]
    pub desired: u32,
    /// The number of pods that are ready to serve requests.
    pub ready: u32,
    /// The number of pods that have the newest pod template.
    pub updated: u32,
    /// Whether exactly the desired pods run, all ready and updated.
    pub is_complete: bool,
    /// The image of the first container in the newest pod template.
    pub image: String,
    /// The pods, including those that start or terminate.
    pub pods: Vec<PodState>,
    /// What keeps the component from being complete, if it is not.
    pub problem: Option<Problem>,
}

/// The state of a pod of a component.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PodState {
    /// The name.
    pub name: String,
    /// The node that runs it, once it is scheduled.
    pub node: Option<String>,
    /// The image of its first container.
    pub image: String,
    /// Whether it is ready to serve requests.
    pub is_ready: bool,
    /// How often its containers were restarted.
    pub restarts: u32,
    /// Whether it is being deleted.
    #[serde(rename = "is_leaving")]
    pub is_terminating: bool,
}

impl Component {
    /// Returns the progress as text, such as `1 of 2 ready`.
    pub fn progress(&self) -> String {
        if self.updated < self.desired && self.ready >= self.desired {
            format!("{} of {} up to date", self.updated, self.desired)
        } else {
            format!("{} of {} ready", self.ready, self.desired)
        }
    }
}

/// Returns all components that exist, in the order of [`ComponentName::ALL`].
pub fn components(observed: &ObservedState) -> Vec<Component> {
    ComponentName::ALL.into_iter().filter_map(|name| component(name, observed)).collect()
}

fn component(name: ComponentName, observed: &ObservedState) -> Option<Component> {
    let workload = workload(name, observed)?;
    let pods: Vec<&Pod> =
        observed.pods.iter().filter(|pod| app_label(pod) == Some(name.as_str())).collect();
    let Workload { desired, ready, updated, is_settled, template } = workload;
    let is_complete = is_settled && ready == desired && updated == desired;
    let problem =
        if is_complete || desired == 0 { None } else { problem(name, &pods, desired, observed) };
    let first_container = template.spec.as_ref().and_then(|spec| spec.containers.first());
    Some(Component {
        name,
        desired,
        ready,
        updated,
        is_complete,
        image: first_container.and_then(|container| container.image.clone()).unwrap_or_default(),
        pods: pods.iter().map(|pod| pod_state(pod)).collect(),
        problem,
    })
}

/// The fields that stateful sets and deployments have in common.
struct Workload<'a> {
    desired: u32,
    ready: u32,
    updated: u32,
    /// Whether the controller has seen the newest specification, and no pods are left over.
    is_settled: bool,
    template: &'a PodTemplateSpec,
}

fn workload(name: ComponentName, observed: &ObservedState) -> Option<Workload<'_>> {
    let name = Some(name.as_str());
    match observed.stateful_sets.iter().find(|set| set.metadata.name.as_deref() == name) {
        Some(set) => workload_of_stateful_set(set),
        None => {
            let deployments = &observed.deployments;
            workload_of_deployment(
                deployments.iter().find(|found| found.metadata.name.as_deref() == name)?,
            )
        }
    }
}

fn workload_of_stateful_set(set: &StatefulSet) -> Option<Workload<'_>> {
    let (spec, status) = (set.spec.as_ref()?, set.status.clone().unwrap_or_default());
    // If both revisions are equal, no pod of an older revision is left.
    let updated = if status.current_revision == status.update_revision {
        to_count(Some(status.replicas))
    } else {
        to_count(status.updated_replicas)
    };
    let desired = to_count(Some(spec.replicas.unwrap_or(1)));
    let is_observed = status.observed_generation >= set.metadata.generation;
    Some(Workload {
        desired,
        ready: to_count(status.ready_replicas),
        updated,
        is_settled: is_observed && to_count(Some(status.replicas)) == desired,
        template: &spec.template,
    })
}

fn workload_of_deployment(deployment: &Deployment) -> Option<Workload<'_>> {
    let (spec, status) = (deployment.spec.as_ref()?, deployment.status.clone().unwrap_or_default());
    let desired = to_count(Some(spec.replicas.unwrap_or(1)));
    let is_observed = status.observed_generation >= deployment.metadata.generation;
    Some(Workload {
        desired,
        ready: to_count(status.available_replicas),
        updated: to_count(status.updated_replicas),
        is_settled: is_observed && to_count(status.replicas) == desired,
        template: &spec.template,
    })
}

fn to_count(number: Option<i32>) -> u32 {
    u32::try_from(number.unwrap_or(0)).unwrap_or(0)
}

fn app_label(pod: &Pod) -> Option<&str> {
    pod.metadata.labels.as_ref()?.get(APP_LABEL).map(String::as_str)
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
        is_terminating: pod.metadata.deletion_timestamp.is_some(),
    }
}

/// The state of a volume of the cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VolumeState {
    /// The name of the volume claim.
    pub claim: String,
    /// Whether the claim has a volume.
    pub is_bound: bool,
    /// The capacity, else the requested one, as a Kubernetes quantity.
    pub size: String,
    /// The storage class.
    pub class: Option<String>,
    /// The message of the provisioner if the claim has no volume.
    pub reason: Option<String>,
}

/// Returns the volumes of all claims.
pub fn volumes(observed: &ObservedState) -> Vec<VolumeState> {
    observed.claims.iter().map(|claim| volume_state(claim, observed)).collect()
}

fn volume_state(claim: &PersistentVolumeClaim, observed: &ObservedState) -> VolumeState {
    let (spec, status) =
        (claim.spec.clone().unwrap_or_default(), claim.status.clone().unwrap_or_default());
    let is_bound = status.phase.as_deref() == Some("Bound");
    let name = name_of(&claim.metadata);
    let capacity = status.capacity.as_ref().and_then(|capacity| capacity.get("storage"));
    let requested = spec.resources.as_ref().and_then(|r| r.requests.as_ref()?.get("storage"));
    let reason = (!is_bound)
        .then(|| {
            ["ProvisioningFailed", "FailedBinding", "WaitForFirstConsumer"]
                .into_iter()
                .find_map(|reason| last_event(&name, reason, observed))
        })
        .flatten();
    VolumeState {
        is_bound,
        size: capacity.or(requested).map(|size| size.0.clone()).unwrap_or_default(),
        class: spec.storage_class_name,
        reason,
        claim: name,
    }
}

/// Returns the URL of the gateway's Service from outside; `None` if it is not exposed, or has no
/// address yet.
pub fn gateway_address(observed: &ObservedState) -> Option<String> {
    let service = observed.services.iter().find(|service| {
        service.metadata.name.as_deref() == Some(ComponentName::Gateway.as_str())
    })?;
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
