//! Finds out what keeps a component from being complete, and what the user can do about it, from
//! the API's objects without any I/O.

use k8s_openapi::api::core::v1::{ContainerStatus, Event, Pod};
use serde::Serialize;

use super::nodes::nodes;
use super::objects::{condition, container_statuses, is_ready, name_of};
use super::observe::ObservedState;
use crate::cluster::settings::ComponentName;
use crate::hint::suggested_command;

/// The problem of a component.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The kind of problem.
    pub kind: ProblemKind,
    /// The pod that has it; absent if no pod could be created.
    pub pod: Option<String>,
    /// The message of Kubernetes if there is one, else a description.
    pub text: String,
    /// The last lines of the pod's log, if they may explain the problem.
    pub log: Vec<String>,
}

/// The kinds of problems, in the order of their precedence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ProblemKind {
    /// An image cannot be pulled.
    Image,
    /// No node has room for the pod.
    Unschedulable,
    /// A volume is missing.
    Volume,
    /// A Secret or ConfigMap is missing, or lacks a key.
    Configuration,
    /// The program keeps ending.
    Crash,
    /// Kubernetes refuses to create the pod.
    Refused,
    /// The node of the pod does not respond.
    Node,
    /// The program runs, but is not ready.
    NotReady,
    /// The pod is starting.
    Starting,
}

impl ProblemKind {
    /// Returns whether waiting alone does not solve the problem.
    pub fn is_stuck(self) -> bool {
        !matches!(self, Self::Starting | Self::NotReady)
    }

    /// Returns whether the log of the pod may explain the problem.
    pub fn is_explained_by_log(self) -> bool {
        matches!(self, Self::Crash | Self::NotReady)
    }

    /// Returns [`ProblemKind::hint`] with the names of the component and the cluster.
    pub fn hint_for(self, component: ComponentName, cluster: &str) -> String {
        self.hint()
            .replace("PART", component.as_str())
            .replace("ginflix cluster", &suggested_command(cluster, "cluster"))
    }

    /// Returns what the user can do about the problem. `PART` stands for the component.
    pub fn hint(self) -> &'static str {
        match self {
            Self::Image => {
                "push the image to a registry that the nodes can pull from, or name another: --image, --database-image, --gateway-image"
            }
            Self::Unschedulable => {
                "add nodes or free resources on them, or run fewer pods: --replicas PART=N"
            }
            Self::Volume => {
                "see `kubectl get storageclass`, and name one that creates volumes: --storage-class NAME"
            }
            Self::Configuration => "check whether the Secret `ginflix` was changed or deleted",
            Self::Crash => "see the cause: ginflix cluster logs --part PART",
            Self::Refused => {
                "check the quotas and policies of the Kubernetes cluster for one that forbids the pod"
            }
            Self::Node => {
                "see `kubectl get nodes`; Kubernetes moves pods without a volume on the node after some minutes"
            }
            Self::NotReady | Self::Starting => {
                "wait longer with --timeout, or see ginflix cluster logs --part PART"
            }
        }
    }
}

/// Returns the problem of an incomplete component that comes first in the order of [`ProblemKind`].
pub(super) fn problem(
    name: ComponentName,
    pods: &[&Pod],
    desired: u32,
    observed: &ObservedState,
) -> Option<Problem> {
    let current: Vec<&&Pod> =
        pods.iter().filter(|pod| pod.metadata.deletion_timestamp.is_none()).collect();
    let lacks_pods = current.len() < desired as usize;
    let mut found: Vec<Problem> =
        current.iter().filter_map(|pod| problem_of_pod(pod, observed)).collect();
    if lacks_pods && let Some(refused) = refused(name, observed) {
        found.push(refused);
    }
    found.sort_by_key(|problem| problem.kind as u8);
    found.into_iter().next().or_else(|| {
        let text = if lacks_pods {
            "some pods are not created yet".to_owned()
        } else {
            "older pods have not ended yet".to_owned()
        };
        Some(Problem { kind: ProblemKind::Starting, pod: None, text, log: Vec::new() })
    })
}

fn problem_of_pod(pod: &Pod, observed: &ObservedState) -> Option<Problem> {
    if is_ready(pod) {
        return None;
    }
    let (kind, text) = unplaced(pod, observed)
        .or_else(|| container_statuses(pod).into_iter().find_map(|c| failed(pod, c, observed)))
        .or_else(|| starting(pod, observed))
        .unwrap_or_else(|| not_ready(pod, observed));
    Some(Problem { kind, pod: Some(name_of(&pod.metadata)), text, log: Vec::new() })
}

/// Returns the problem of a pod that has no node, or whose node is not ready.
fn unplaced(pod: &Pod, observed: &ObservedState) -> Option<(ProblemKind, String)> {
    if let Some(("False", message)) = condition(pod, "PodScheduled") {
        return Some(match unbound_claim(pod, observed) {
            Some(text) => (ProblemKind::Volume, text),
            None => (ProblemKind::Unschedulable, message.to_owned()),
        });
    }
    let node = lost_node(pod, observed)?;
    Some((ProblemKind::Node, format!("its node {node} is not ready")))
}

/// Returns the problem of a container that Kubernetes tried to run without success.
fn failed(
    pod: &Pod,
    container: &ContainerStatus,
    observed: &ObservedState,
) -> Option<(ProblemKind, String)> {
    if let Some(waiting) = container.state.as_ref().and_then(|state| state.waiting.as_ref()) {
        let message = waiting.message.clone().unwrap_or_default();
        match waiting.reason.as_deref().unwrap_or_default() {
            "ErrImagePull" | "ImagePullBackOff" | "InvalidImageName" | "ErrImageNeverPull" => {
                let image = &container.image;
                // The message only says that the pod waits; the cause is in an event.
                let cause = failed_pull(&name_of(&pod.metadata), observed).unwrap_or(message);
                return Some((ProblemKind::Image, format!("image {image}: {cause}")));
            }
            "CreateContainerConfigError" | "CreateContainerError" | "RunContainerError" => {
                return Some((ProblemKind::Configuration, message));
            }
            "CrashLoopBackOff" => return Some((ProblemKind::Crash, describe_end(container))),
            _ => {}
        }
    }
    let has_crashed = container.restart_count > 0 && !container.ready;
    has_crashed.then(|| (ProblemKind::Crash, describe_end(container)))
}

/// Returns what a pod without a running container waits for.
fn starting(pod: &Pod, observed: &ObservedState) -> Option<(ProblemKind, String)> {
    let runs = |container: &&ContainerStatus| {
        container.state.as_ref().is_some_and(|state| state.running.is_some())
    };
    if container_statuses(pod).iter().any(runs) {
        return None;
    }
    let event = |reason| last_event(&name_of(&pod.metadata), reason, observed);
    if let Some(message) = event("FailedMount").or_else(|| event("FailedAttachVolume")) {
        // The message names the missing object, as in `secret "ginflix" not found`.
        let is_configuration = message.contains("secret") || message.contains("configmap");
        let kind = if is_configuration { ProblemKind::Configuration } else { ProblemKind::Volume };
        return Some((kind, message));
    }
    let message = event("FailedCreatePodSandBox");
    Some((ProblemKind::Starting, message.unwrap_or_else(|| "it is being created".into())))
}

/// Returns the problem of a pod whose containers run, but are not ready.
fn not_ready(pod: &Pod, observed: &ObservedState) -> (ProblemKind, String) {
    // Until the startup probe succeeds, its failures are expected and say nothing.
    if container_statuses(pod).iter().any(|container| container.started == Some(false)) {
        return (ProblemKind::NotReady, "it is starting".to_owned());
    }
    let message = last_event(&name_of(&pod.metadata), "Unhealthy", observed);
    (ProblemKind::NotReady, message.unwrap_or_else(|| "it is running, but not ready yet".into()))
}

fn describe_end(container: &ContainerStatus) -> String {
    let ended = [&container.last_state, &container.state]
        .into_iter()
        .flatten()
        .find_map(|state| state.terminated.as_ref());
    let restarts = container.restart_count;
    match ended {
        Some(end) if end.reason.as_deref() == Some("OOMKilled") => {
            format!("it ran out of memory, {restarts} restarts")
        }
        Some(end) => format!("it ended with exit code {}, {restarts} restarts", end.exit_code),
        None => format!("it ended, {restarts} restarts"),
    }
}

/// Returns why a volume claim of a pod has no volume; `None` if every claim has one, or Kubernetes
/// has not reported the reason yet.
fn unbound_claim(pod: &Pod, observed: &ObservedState) -> Option<String> {
    let volumes = pod.spec.as_ref()?.volumes.as_ref()?;
    let names =
        volumes.iter().filter_map(|v| Some(&v.persistent_volume_claim.as_ref()?.claim_name));
    for name in names {
        let Some(claim) =
            observed.claims.iter().find(|claim| claim.metadata.name.as_ref() == Some(name))
        else {
            return Some(format!("there is no volume claim {name}"));
        };
        let phase = claim.status.as_ref().and_then(|status| status.phase.as_deref());
        if phase == Some("Bound") {
            continue;
        }
        let message = ["ProvisioningFailed", "FailedBinding"]
            .into_iter()
            .find_map(|reason| last_event(name, reason, observed));
        if let Some(message) = message {
            return Some(format!("volume claim {name}: {message}"));
        }
        if phase == Some("Lost") {
            return Some(format!("volume claim {name} has lost its volume"));
        }
    }
    None
}

fn lost_node<'a>(pod: &'a Pod, observed: &ObservedState) -> Option<&'a str> {
    let name = pod.spec.as_ref()?.node_name.as_deref()?;
    nodes(observed)?.into_iter().any(|node| node.name == name && !node.is_ready).then_some(name)
}

/// Returns why the controller of a component could not create a pod, unless it has created one
/// since.
fn refused(name: ComponentName, observed: &ObservedState) -> Option<Problem> {
    let is_of_component = |event: &&Event| {
        let object = event.involved_object.name.as_deref().unwrap_or_default();
        object == name.as_str()
            || object.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with('-'))
    };
    let last = |reason| {
        let events = observed.events.iter().filter(is_of_component);
        events.filter(|event| event.reason.as_deref() == Some(reason)).max_by_key(|e| time_of(e))
    };
    let event = last("FailedCreate")?;
    if last("SuccessfulCreate").is_some_and(|since| time_of(since) >= time_of(event)) {
        return None;
    }
    let text = event.message.clone()?;
    Some(Problem { kind: ProblemKind::Refused, pod: None, text, log: Vec::new() })
}

fn failed_pull(pod: &str, observed: &ObservedState) -> Option<String> {
    let events = observed.events.iter().filter(|event| {
        event.involved_object.name.as_deref() == Some(pod)
            && event.message.as_ref().is_some_and(|text| text.starts_with("Failed to pull"))
    });
    events.max_by_key(|event| time_of(event)).and_then(|event| event.message.clone())
}

/// Returns the message of the latest event with this reason about an object.
pub(super) fn last_event(object: &str, reason: &str, observed: &ObservedState) -> Option<String> {
    observed
        .events
        .iter()
        .filter(|event| event.involved_object.name.as_deref() == Some(object))
        .filter(|event| event.reason.as_deref() == Some(reason))
        .filter(|event| event.message.is_some())
        .max_by_key(|event| time_of(event))
        .and_then(|event| event.message.clone())
}

fn time_of(event: &Event) -> Option<jiff::Timestamp> {
    let series = event.series.as_ref().and_then(|series| series.last_observed_time.as_ref());
    event
        .last_timestamp
        .as_ref()
        .map(|time| time.0)
        .or(series.map(|time| time.0))
        .or(event.event_time.as_ref().map(|time| time.0))
}
