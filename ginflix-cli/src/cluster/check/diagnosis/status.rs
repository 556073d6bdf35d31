//! Checks the status that the provider returns: nodes, name server, volumes and components.

use super::super::finding::{Category, Check};
use crate::cluster::kubernetes::components::{Component, VolumeState};
use crate::cluster::kubernetes::nodes::NodeState;
use crate::cluster::kubernetes::problem::ProblemKind;
use crate::cluster::provider::{ClusterCondition, ClusterStatus};
use crate::cluster::settings::ComponentName;
use crate::format::count;
use crate::hint::suggested_command;

/// Checks the status of the cluster with this name.
pub fn check_status(status: &ClusterStatus, cluster: &str) -> Vec<Check> {
    let is_process = status.components.is_empty();
    let mut checks = Vec::new();
    match &status.condition {
        ClusterCondition::Broken(reason) if is_process => {
            let hint = format!("restart it: {}", suggested_command(cluster, "cluster up"));
            checks.push(Check::failed(Category::Workloads, "process", reason, hint));
        }
        ClusterCondition::Running if is_process => {
            checks.push(Check::passed(Category::Workloads, "process", "is running"));
        }
        _ => {}
    }
    if !is_process || status.nodes.is_some() {
        checks.extend(check_nodes(status.nodes.as_deref()));
    }
    checks.extend(status.dns_ready.map(check_dns));
    checks.extend(status.volumes.iter().map(check_volume));
    checks.extend(status.components.iter().map(|component| check_component(component, cluster)));
    checks.extend(check_versions(&status.components, cluster));
    checks
}

fn check_nodes(nodes: Option<&[NodeState]>) -> Vec<Check> {
    let Some(nodes) = nodes else {
        return vec![Check::skipped(Category::Nodes, "nodes", "you may not list the nodes")];
    };
    let mut checks: Vec<Check> = nodes
        .iter()
        .filter(|node| !node.is_ready)
        .map(|node| {
            let reason = node.reason.as_deref().unwrap_or("it does not respond");
            let hint = "restart it, or remove it: kubectl drain NODE, kubectl delete node NODE";
            Check::failed(Category::Nodes, &node.name, format!("is not ready: {reason}"), hint)
        })
        .collect();
    if checks.is_empty() {
        let detail = format!("{} ready", count(nodes.len() as u64, "is", "are"));
        checks.push(Check::passed(Category::Nodes, "nodes", detail));
    }
    checks
}

fn check_dns(is_ready: bool) -> Check {
    if is_ready {
        return Check::passed(Category::Dns, "cluster DNS", "is ready");
    }
    let hint = "see its pods: kubectl get pods -n kube-system -l k8s-app=kube-dns";
    Check::failed(Category::Dns, "cluster DNS", "none of its pods is ready", hint)
}

fn check_volume(volume: &VolumeState) -> Check {
    let claim = volume.claim.as_str();
    if volume.is_bound {
        return Check::passed(Category::Volumes, claim, volume.size.clone());
    }
    match &volume.reason {
        // The binding mode `WaitForFirstConsumer` creates a volume when the first pod needs it.
        Some(reason) if reason.contains("first consumer") => {
            Check::passed(Category::Volumes, claim, "is created when it is first used")
        }
        reason => Check::failed(
            Category::Volumes,
            claim,
            reason.clone().unwrap_or_else(|| "there is no volume for it yet".to_owned()),
            ProblemKind::Volume.hint(),
        ),
    }
}

fn check_component(component: &Component, cluster: &str) -> Check {
    let (name, progress) = (component.name.as_str(), component.progress());
    if component.desired == 0 {
        // Only this component is stopped: of a stopped cluster, `diagnose` checks no components.
        let hint = format!("start it again: {}", suggested_command(cluster, "cluster up"));
        return Check::failed(Category::Workloads, name, "was scaled to zero", hint);
    }
    if component.is_complete {
        return Check::passed(Category::Workloads, name, progress);
    }
    let Some(problem) = &component.problem else {
        let hint = "wait, and check again";
        return Check::warning(Category::Workloads, name, progress, hint);
    };
    let mut detail = format!("{progress}; ");
    if let Some(pod) = &problem.pod {
        detail.push_str(&format!("{pod}: "));
    }
    detail.push_str(&problem.text);
    if let Some(last) = problem.log.last() {
        detail.push_str(&format!("; last line of its log: {last}"));
    }
    let hint = problem.kind.hint_for(component.name, cluster);
    // A component that still serves and can become ready without help is not broken.
    let still_serves = component.ready >= component.desired
        || (component.ready > 0 && problem.kind == ProblemKind::Starting);
    if still_serves && !problem.kind.is_stuck() {
        Check::warning(Category::Workloads, name, detail, hint)
    } else {
        Check::failed(Category::Workloads, name, detail, hint)
    }
}

/// Returns a warning if web and streamers have different images.
fn check_versions(components: &[Component], cluster: &str) -> Option<Check> {
    let image = |name| components.iter().find(|c| c.name == name).map(|c| c.image.as_str());
    let (web, streamer) = (image(ComponentName::Web)?, image(ComponentName::Streamer)?);
    (web != streamer).then(|| {
        Check::warning(
            Category::Workloads,
            "versions",
            format!("web has {web}, streamer has {streamer}"),
            format!(
                "upgrade both: {}",
                suggested_command(cluster, "cluster upgrade --image IMAGE")
            ),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::check::CheckOutcome;
    use crate::cluster::kubernetes::problem::Problem;

    fn component(ready: u32, problem: Option<(ProblemKind, &str)>) -> Component {
        Component {
            name: ComponentName::Streamer,
            desired: 2,
            ready,
            updated: 2,
            is_complete: problem.is_none(),
            image: "ginflix/server:1".into(),
            pods: Vec::new(),
            problem: problem.map(|(kind, text)| Problem {
                kind,
                pod: Some("streamer-1".into()),
                text: text.into(),
                log: vec!["boom".into()],
            }),
        }
    }

    #[test]
    fn a_stuck_component_is_reported_with_its_pod_and_log() {
        let check =
            check_component(&component(1, Some((ProblemKind::Crash, "it ended"))), "ginflix");
        assert_eq!(check.outcome, CheckOutcome::Failed);
        assert_eq!(check.detail, "1 of 2 ready; streamer-1: it ended; last line of its log: boom");
        assert!(check.hint.unwrap().contains("--part streamer"));
        assert_eq!(check_component(&component(2, None), "ginflix").outcome, CheckOutcome::Passed);
        let replaced =
            check_component(&component(2, Some((ProblemKind::Crash, "it ended"))), "ginflix");
        assert_eq!(
            replaced.outcome,
            CheckOutcome::Failed,
            "the older pods serve, the newer ones never will"
        );
        let scaled_down =
            check_component(&Component { desired: 0, ..component(0, None) }, "ginflix");
        assert_eq!(scaled_down.outcome, CheckOutcome::Failed);
        let starting =
            check_component(&component(1, Some((ProblemKind::Starting, "soon"))), "ginflix");
        assert_eq!(starting.outcome, CheckOutcome::Warning);
    }

    #[test]
    fn a_node_that_is_not_ready_is_named() {
        let node = |name: &str, is_ready| NodeState {
            name: name.into(),
            is_ready,
            reason: (!is_ready).then(|| "Kubelet stopped posting node status.".into()),
            version: String::new(),
            address: None,
        };
        let checks = check_nodes(Some(&[node("a", true), node("b", false)]));
        assert_eq!(checks.len(), 1);
        assert_eq!((checks[0].subject.as_str(), checks[0].outcome), ("b", CheckOutcome::Failed));
        assert_eq!(check_nodes(Some(&[node("a", true)]))[0].outcome, CheckOutcome::Passed);
        assert_eq!(check_nodes(None)[0].outcome, CheckOutcome::Skipped);
    }

    #[test]
    fn a_local_cluster_has_no_nodes_to_check() {
        let status = ClusterStatus::of_process(ClusterCondition::Running);
        let checks = check_status(&status, "ginflix");
        assert_eq!(checks.len(), 1);
        assert_eq!(checks[0].subject, "process");
    }

    #[test]
    fn a_volume_that_waits_for_its_first_pod_passes() {
        let volume = |is_bound, reason: Option<&str>| {
            check_volume(&VolumeState {
                claim: "media-streamer-0".into(),
                is_bound,
                size: "5Gi".into(),
                class: None,
                reason: reason.map(str::to_owned),
            })
            .outcome
        };
        assert_eq!(volume(true, None), CheckOutcome::Passed);
        assert_eq!(
            volume(false, Some("waiting for first consumer to be created")),
            CheckOutcome::Passed
        );
        assert_eq!(volume(false, Some("storageclass \"x\" not found")), CheckOutcome::Failed);
        assert_eq!(volume(false, None), CheckOutcome::Failed);
    }
}
