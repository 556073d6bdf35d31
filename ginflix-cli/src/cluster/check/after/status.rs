//! What the provider sees of a cluster: its nodes, volumes and parts.

use super::super::finding::{Category, Check};
use crate::cluster::kubernetes::nodes::NodeState;
use crate::cluster::kubernetes::parts::{Part, VolumeState};
use crate::cluster::kubernetes::problem::ProblemKind;
use crate::cluster::provider::{ClusterStatus, Condition};
use crate::cluster::settings::PartName;
use crate::format::count;
use crate::hint::suggested_command;

/// What Kubernetes tells.
pub fn of_status(status: &ClusterStatus, cluster: &str) -> Vec<Check> {
    let mut checks = Vec::new();
    match &status.condition {
        Condition::Broken(why) if status.parts.is_empty() => {
            let hint = format!("start it anew: {}", suggested_command(cluster, "cluster up"));
            checks.push(Check::failed(Category::Workloads, "process", why, hint));
        }
        Condition::Running if status.parts.is_empty() => {
            checks.push(Check::passed(Category::Workloads, "process", "runs"));
        }
        _ => {}
    }
    checks.extend(of_nodes(status.nodes.as_deref(), status.parts.is_empty()));
    checks.extend(status.dns_ready.map(|ready| {
        if ready {
            return Check::passed(Category::Dns, "cluster DNS", "is ready");
        }
        let hint = "see kubectl get pods -n kube-system -l k8s-app=kube-dns";
        Check::failed(Category::Dns, "cluster DNS", "no pod of it is ready", hint)
    }));
    checks.extend(status.volumes.iter().map(of_volume));
    checks.extend(status.parts.iter().map(|part| of_part(part, cluster)));
    checks.extend(of_versions(&status.parts, cluster));
    checks
}

fn of_nodes(nodes: Option<&[NodeState]>, is_local: bool) -> Vec<Check> {
    let Some(nodes) = nodes else {
        let why = "you may not see the nodes";
        return if is_local {
            Vec::new()
        } else {
            vec![Check::skipped(Category::Nodes, "nodes", why)]
        };
    };
    let mut checks: Vec<Check> = nodes
        .iter()
        .filter(|node| !node.is_ready)
        .map(|node| {
            let why = node.reason.as_deref().unwrap_or("it does not answer");
            let hint = "start it again, or take it out: kubectl drain and kubectl delete node";
            Check::failed(Category::Nodes, &node.name, format!("is not ready: {why}"), hint)
        })
        .collect();
    if checks.is_empty() {
        let detail = format!("{} ready", count(nodes.len() as u64, "is", "are"));
        checks.push(Check::passed(Category::Nodes, "nodes", detail));
    }
    checks
}

fn of_volume(volume: &VolumeState) -> Check {
    let what = volume.claim.as_str();
    if volume.is_bound {
        return Check::passed(Category::Volumes, what, volume.size.clone());
    }
    match &volume.reason {
        Some(reason) if reason.contains("first consumer") => {
            Check::passed(Category::Volumes, what, "is made when it is first used")
        }
        reason => Check::failed(
            Category::Volumes,
            what,
            reason.clone().unwrap_or_else(|| "there is no volume for it yet".to_owned()),
            ProblemKind::Volume.hint(),
        ),
    }
}

fn of_part(part: &Part, cluster: &str) -> Check {
    let (name, progress) = (part.name.as_str(), part.progress());
    if part.wanted == 0 {
        // A cluster that was stopped as a whole is told before.
        let hint = format!("bring it back: {}", suggested_command(cluster, "cluster up"));
        return Check::failed(Category::Workloads, name, "was scaled to zero", hint);
    }
    if part.is_complete {
        return Check::passed(Category::Workloads, name, progress);
    }
    let Some(problem) = &part.problem else {
        let hint = "wait, and status again";
        return Check::warning(Category::Workloads, name, progress, hint);
    };
    let mut detail = format!("{progress}; ");
    if let Some(pod) = &problem.pod {
        detail.push_str(&format!("{pod}: "));
    }
    detail.push_str(&problem.text);
    if let Some(last) = problem.log.last() {
        detail.push_str(&format!("; it last said: {last}"));
    }
    let hint = problem.kind.hint_for(part.name, cluster);
    // What still serves, and may get ready by itself, is no fault.
    let still_serves =
        part.ready >= part.wanted || (part.ready > 0 && problem.kind == ProblemKind::Starting);
    if still_serves && !problem.kind.is_stuck() {
        Check::warning(Category::Workloads, name, detail, hint)
    } else {
        Check::failed(Category::Workloads, name, detail, hint)
    }
}

fn of_versions(parts: &[Part], cluster: &str) -> Option<Check> {
    let image = |name| parts.iter().find(|part| part.name == name).map(|part| part.image.as_str());
    let (web, streamer) = (image(PartName::Web)?, image(PartName::Streamer)?);
    (web != streamer).then(|| {
        Check::warning(
            Category::Workloads,
            "versions",
            format!("web is {web}, streamer is {streamer}"),
            format!(
                "bring both to one: {}",
                suggested_command(cluster, "cluster upgrade --image IMAGE")
            ),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::check::Outcome;
    use crate::cluster::kubernetes::problem::Problem;

    fn part(ready: u32, problem: Option<(ProblemKind, &str)>) -> Part {
        Part {
            name: PartName::Streamer,
            wanted: 2,
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
    fn a_part_that_is_stuck_is_named_with_its_pod_and_last_words() {
        let check = of_part(&part(1, Some((ProblemKind::Crash, "it ended"))), "ginflix");
        assert_eq!(check.outcome, Outcome::Failed);
        assert_eq!(check.detail, "1 of 2 ready; streamer-1: it ended; it last said: boom");
        assert!(check.hint.unwrap().contains("--part streamer"));
        assert_eq!(of_part(&part(2, None), "ginflix").outcome, Outcome::Passed);
        let replaced = of_part(&part(2, Some((ProblemKind::Crash, "it ended"))), "ginflix");
        assert_eq!(replaced.outcome, Outcome::Failed, "the older ones serve, the newer never will");
        let none = of_part(&Part { wanted: 0, ..part(0, None) }, "ginflix");
        assert_eq!(none.outcome, Outcome::Failed);
        let coming = of_part(&part(1, Some((ProblemKind::Starting, "soon"))), "ginflix");
        assert_eq!(coming.outcome, Outcome::Warning);
    }

    #[test]
    fn a_node_that_is_away_is_named() {
        let node = |name: &str, is_ready| NodeState {
            name: name.into(),
            is_ready,
            reason: (!is_ready).then(|| "Kubelet stopped posting node status.".into()),
            version: String::new(),
            address: None,
        };
        let checks = of_nodes(Some(&[node("a", true), node("b", false)]), false);
        assert_eq!(checks.len(), 1);
        assert_eq!((checks[0].what.as_str(), checks[0].outcome), ("b", Outcome::Failed));
        assert_eq!(of_nodes(Some(&[node("a", true)]), false)[0].outcome, Outcome::Passed);
        assert_eq!(of_nodes(None, false)[0].outcome, Outcome::Skipped);
        assert!(of_nodes(None, true).is_empty());
    }

    #[test]
    fn a_volume_that_waits_for_its_first_pod_is_well() {
        let volume = |is_bound, reason: Option<&str>| {
            of_volume(&VolumeState {
                claim: "media-streamer-0".into(),
                is_bound,
                size: "5Gi".into(),
                class: None,
                reason: reason.map(str::to_owned),
            })
            .outcome
        };
        assert_eq!(volume(true, None), Outcome::Passed);
        assert_eq!(
            volume(false, Some("waiting for first consumer to be created")),
            Outcome::Passed
        );
        assert_eq!(volume(false, Some("storageclass \"x\" not found")), Outcome::Failed);
        assert_eq!(volume(false, None), Outcome::Failed);
    }
}
