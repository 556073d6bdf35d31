//! What keeps a part of a cluster from being complete, and what to do about it:
//! pure, from what the API tells.

use k8s_openapi::api::core::v1::{ContainerStatus, Event, Pod};
use serde::Serialize;

use super::nodes::nodes;
use super::objects::{condition, container_statuses, is_ready, name_of};
use super::observe::Observed;
use crate::cluster::settings::PartName;
use crate::hint::suggested_command;

/// What keeps a part from being complete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// What kind of a thing it is.
    pub kind: ProblemKind,
    /// The pod that shows it; absent where none could be made.
    pub pod: Option<String>,
    /// In Kubernetes' own words where it has any.
    pub text: String,
    /// The last lines of its log, where these may tell more.
    pub log: Vec<String>,
}

/// What kind of a thing it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ProblemKind {
    /// An image cannot be had.
    Image,
    /// No node takes the pod.
    Unschedulable,
    /// A volume is not there.
    Volume,
    /// A Secret or ConfigMap is not there, or lacks a key.
    Configuration,
    /// The program ends again and again.
    Crash,
    /// Kubernetes refuses to make the pod.
    Refused,
    /// The node it is on does not answer.
    Node,
    /// It runs and is not ready.
    NotReady,
    /// It is on its way.
    Starting,
}

impl ProblemKind {
    /// Whether waiting alone does not help.
    pub fn is_stuck(self) -> bool {
        !matches!(self, Self::Starting | Self::NotReady)
    }

    /// Whether the program's own words may say why.
    pub fn is_told_by_log(self) -> bool {
        matches!(self, Self::Crash | Self::NotReady)
    }

    /// What to do about it, in this cluster.
    pub fn hint_for(self, part: PartName, cluster: &str) -> String {
        self.hint()
            .replace("PART", part.as_str())
            .replace("ginflix cluster", &suggested_command(cluster, "cluster"))
    }

    /// What to do about it.
    pub fn hint(self) -> &'static str {
        match self {
            Self::Image => {
                "bring the image where the nodes can pull it, or name another: --image, --database-image, --gateway-image"
            }
            Self::Unschedulable => "add nodes or room on them, or ask for less: --replicas PART=N",
            Self::Volume => {
                "see `kubectl get storageclass`, and name one that makes volumes: --storage-class NAME"
            }
            Self::Configuration => "see whether somebody changed or deleted the Secret `ginflix`",
            Self::Crash => "see why: ginflix cluster logs --part PART",
            Self::Refused => {
                "see whether a quota or a policy of the Kubernetes cluster is in the way"
            }
            Self::Node => {
                "see `kubectl get nodes`; Kubernetes moves what can be moved after some minutes"
            }
            Self::NotReady | Self::Starting => {
                "wait longer with --timeout, or see ginflix cluster logs --part PART"
            }
        }
    }
}

/// The worst that is seen: what does not pass by waiting comes first.
pub(super) fn problem(
    name: PartName,
    pods: &[&Pod],
    wanted: u32,
    observed: &Observed,
) -> Option<Problem> {
    let alive: Vec<&&Pod> =
        pods.iter().filter(|pod| pod.metadata.deletion_timestamp.is_none()).collect();
    let mut found: Vec<Problem> =
        alive.iter().filter_map(|pod| problem_of_pod(pod, observed)).collect();
    if alive.len() < wanted as usize
        && let Some(refused) = refused(name, observed)
    {
        found.push(refused);
    }
    found.sort_by_key(|problem| problem.kind as u8);
    found.into_iter().next().or_else(|| {
        let text = if alive.len() < wanted as usize {
            "its pods are still to be made".to_owned()
        } else {
            "older pods are still to end".to_owned()
        };
        Some(Problem { kind: ProblemKind::Starting, pod: None, text, log: Vec::new() })
    })
}

fn problem_of_pod(pod: &Pod, observed: &Observed) -> Option<Problem> {
    if is_ready(pod) {
        return None;
    }
    let (kind, text) = unplaced(pod, observed)
        .or_else(|| container_statuses(pod).into_iter().find_map(|c| failed(pod, c, observed)))
        .or_else(|| starting(pod, observed))
        .unwrap_or_else(|| not_ready(pod, observed));
    Some(Problem { kind, pod: Some(name_of(&pod.metadata)), text, log: Vec::new() })
}

/// Why no node runs the pod.
fn unplaced(pod: &Pod, observed: &Observed) -> Option<(ProblemKind, String)> {
    if let Some(("False", words)) = condition(pod, "PodScheduled") {
        return Some(match unbound_claim(pod, observed) {
            Some(text) => (ProblemKind::Volume, text),
            None => (ProblemKind::Unschedulable, words.to_owned()),
        });
    }
    let node = lost_node(pod, observed)?;
    Some((ProblemKind::Node, format!("its node {node} is not ready")))
}

/// Why a container does not run, where Kubernetes has tried.
fn failed(
    pod: &Pod,
    container: &ContainerStatus,
    observed: &Observed,
) -> Option<(ProblemKind, String)> {
    if let Some(waiting) = container.state.as_ref().and_then(|state| state.waiting.as_ref()) {
        let words = waiting.message.clone().unwrap_or_default();
        match waiting.reason.as_deref().unwrap_or_default() {
            "ErrImagePull" | "ImagePullBackOff" | "InvalidImageName" | "ErrImageNeverPull" => {
                let image = &container.image;
                // Some events tell the reason; the others repeat that the pod waits.
                let why = failed_pull(&name_of(&pod.metadata), observed).unwrap_or(words);
                return Some((ProblemKind::Image, format!("image {image}: {why}")));
            }
            "CreateContainerConfigError" | "CreateContainerError" | "RunContainerError" => {
                return Some((ProblemKind::Configuration, words));
            }
            "CrashLoopBackOff" => return Some((ProblemKind::Crash, how_it_ended(container))),
            _ => {}
        }
    }
    let has_crashed = container.restart_count > 0 && !container.ready;
    has_crashed.then(|| (ProblemKind::Crash, how_it_ended(container)))
}

/// What a pod waits for of which no container runs yet.
fn starting(pod: &Pod, observed: &Observed) -> Option<(ProblemKind, String)> {
    let runs = |container: &&ContainerStatus| {
        container.state.as_ref().is_some_and(|state| state.running.is_some())
    };
    if container_statuses(pod).iter().any(runs) {
        return None;
    }
    let event = |reason| last_event(&name_of(&pod.metadata), reason, observed);
    if let Some(words) = event("FailedMount").or_else(|| event("FailedAttachVolume")) {
        let is_configuration = words.contains("secret") || words.contains("configmap");
        let kind = if is_configuration { ProblemKind::Configuration } else { ProblemKind::Volume };
        return Some((kind, words));
    }
    let words = event("FailedCreatePodSandBox");
    Some((ProblemKind::Starting, words.unwrap_or_else(|| "it is being created".into())))
}

/// Why a pod may not take traffic whose containers run.
fn not_ready(pod: &Pod, observed: &Observed) -> (ProblemKind, String) {
    // What its startup probe meets meanwhile is no news.
    if container_statuses(pod).iter().any(|container| container.started == Some(false)) {
        return (ProblemKind::NotReady, "it starts".to_owned());
    }
    let why = last_event(&name_of(&pod.metadata), "Unhealthy", observed);
    (ProblemKind::NotReady, why.unwrap_or_else(|| "it runs and is not ready yet".into()))
}

fn how_it_ended(container: &ContainerStatus) -> String {
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

/// A claim of this pod that has no volume: in the provisioner's words.
fn unbound_claim(pod: &Pod, observed: &Observed) -> Option<String> {
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
        let said = ["ProvisioningFailed", "FailedBinding"]
            .into_iter()
            .find_map(|reason| last_event(name, reason, observed));
        if let Some(words) = said {
            return Some(format!("volume claim {name}: {words}"));
        }
        if phase == Some("Lost") {
            return Some(format!("volume claim {name} has lost its volume"));
        }
    }
    None
}

fn lost_node<'a>(pod: &'a Pod, observed: &Observed) -> Option<&'a str> {
    let on = pod.spec.as_ref()?.node_name.as_deref()?;
    nodes(observed)?.into_iter().any(|node| node.name == on && !node.is_ready).then_some(on)
}

/// Why the controller of a part could make no pod, unless it has made one since.
fn refused(name: PartName, observed: &Observed) -> Option<Problem> {
    let of_part = |event: &&Event| {
        let object = event.involved_object.name.as_deref().unwrap_or_default();
        object == name.as_str()
            || object.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with('-'))
    };
    let last = |reason| {
        let events = observed.events.iter().filter(of_part);
        events.filter(|event| event.reason.as_deref() == Some(reason)).max_by_key(|e| time_of(e))
    };
    let event = last("FailedCreate")?;
    if last("SuccessfulCreate").is_some_and(|since| time_of(since) >= time_of(event)) {
        return None;
    }
    let text = event.message.clone()?;
    Some(Problem { kind: ProblemKind::Refused, pod: None, text, log: Vec::new() })
}

fn failed_pull(pod: &str, observed: &Observed) -> Option<String> {
    let events = observed.events.iter().filter(|event| {
        event.involved_object.name.as_deref() == Some(pod)
            && event.message.as_ref().is_some_and(|text| text.starts_with("Failed to pull"))
    });
    events.max_by_key(|event| time_of(event)).and_then(|event| event.message.clone())
}

/// The latest words of that kind about an object.
pub(super) fn last_event(object: &str, reason: &str, observed: &Observed) -> Option<String> {
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
