use k8s_openapi::api::core::v1::Event;
use serde_json::{Value, json};

use super::*;
use crate::cluster::kubernetes::problem::ProblemKind;

fn from_json<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

/// Returns the state of a streamer with two replicas and these pods.
fn observed(pods: &[Value]) -> ObservedState {
    let set = json!({
        "metadata": { "name": "streamer", "generation": 1 },
        "spec": { "replicas": 2, "selector": {}, "serviceName": "s", "template": {
            "spec": { "containers": [{ "name": "streamer", "image": "ginflix/server:1" }] },
        } },
        "status": { "replicas": 2, "readyReplicas": 1, "observedGeneration": 1,
                    "currentRevision": "a", "updateRevision": "a" },
    });
    ObservedState {
        stateful_sets: vec![from_json(set)],
        pods: pods.iter().cloned().map(from_json).collect(),
        ..ObservedState::default()
    }
}

fn pod(name: &str, status: &Value) -> Value {
    json!({
        "metadata": { "name": name, "labels": { "app": "streamer" } },
        "spec": { "nodeName": "worker", "containers": [{ "name": "streamer", "image": "ginflix/server:1" }],
                  "volumes": [{ "name": "media", "persistentVolumeClaim": { "claimName": format!("media-{name}") } }] },
        "status": status,
    })
}

fn ready(name: &str) -> Value {
    pod(name, &json!({ "conditions": [{ "type": "Ready", "status": "True" }] }))
}

fn waiting(reason: &str, restarts: u32) -> Value {
    json!({ "containerStatuses": [{
        "name": "streamer", "image": "ginflix/server:1", "imageID": "", "ready": false,
        "restartCount": restarts,
        "state": { "waiting": { "reason": reason, "message": "in other words" } },
        "lastState": { "terminated": { "exitCode": 3, "reason": "Error" } },
    }] })
}

fn event(object: &str, reason: &str, message: &str, time: &str) -> Event {
    from_json(json!({
        "metadata": {}, "involvedObject": { "name": object }, "reason": reason,
        "message": message, "lastTimestamp": time,
    }))
}

fn problem(observed: &ObservedState) -> Problem {
    components(observed)[0].problem.clone().unwrap()
}

#[test]
fn a_component_is_complete_if_all_pods_are_ready_and_updated() {
    let mut observed = observed(&[ready("streamer-0"), ready("streamer-1")]);
    let status = observed.stateful_sets[0].status.as_mut().unwrap();
    status.ready_replicas = Some(2);
    assert!(components(&observed)[0].is_complete);
    assert_eq!(components(&observed)[0].problem, None);

    let mut older = observed.clone();
    let status = older.stateful_sets[0].status.as_mut().unwrap();
    (status.update_revision, status.updated_replicas) = (Some("b".into()), Some(1));
    let component = &components(&older)[0];
    assert!(!component.is_complete);
    assert_eq!(component.progress(), "1 of 2 up to date");

    let mut unobserved = observed.clone();
    unobserved.stateful_sets[0].metadata.generation = Some(2);
    assert!(!components(&unobserved)[0].is_complete);
}

/// `cluster status -o json` has had these names since version 0.1.0.
#[test]
fn renamed_fields_keep_their_names_in_json() {
    let json = serde_json::to_value(components(&observed(&[ready("streamer-0")]))).unwrap();
    assert_eq!(json[0]["wanted"], 2);
    assert_eq!(json[0]["pods"][0]["is_leaving"], false);
}

#[test]
fn a_missing_image_is_reported_with_the_message_of_the_runtime() {
    let mut observed =
        observed(&[ready("streamer-0"), pod("streamer-1", &waiting("ImagePullBackOff", 0))]);
    observed.events = vec![
        event("streamer-1", "Failed", "Failed to pull image: denied", "2026-01-01T00:00:01Z"),
        event("streamer-1", "Failed", "Error: ImagePullBackOff", "2026-01-01T00:00:05Z"),
        event("streamer-0", "Failed", "of another pod", "2026-01-01T00:00:09Z"),
    ];
    let problem = problem(&observed);
    assert_eq!(problem.kind, ProblemKind::Image);
    assert_eq!(problem.pod.as_deref(), Some("streamer-1"));
    assert_eq!(problem.text, "image ginflix/server:1: Failed to pull image: denied");
}

#[test]
fn an_unschedulable_pod_is_reported_with_the_message_of_the_scheduler() {
    let pending = json!({ "phase": "Pending", "conditions": [{
        "type": "PodScheduled", "status": "False", "reason": "Unschedulable",
        "message": "0/3 nodes are available: 3 Insufficient memory.",
    }] });
    let mut observed = observed(&[pod("streamer-1", &pending)]);
    observed.claims = vec![from_json(json!({
        "metadata": { "name": "media-streamer-1" }, "status": { "phase": "Bound" },
    }))];
    let found = problem(&observed);
    assert_eq!(found.kind, ProblemKind::Unschedulable);
    assert!(found.text.contains("Insufficient memory"));

    // With an unbound claim, the scheduler only says that it is unbound.
    observed.claims[0].status.as_mut().unwrap().phase = Some("Pending".into());
    let message = "storageclass \"none\" not found";
    observed.events =
        vec![event("media-streamer-1", "ProvisioningFailed", message, "2026-01-01T00:00:01Z")];
    let found = problem(&observed);
    assert_eq!(found.kind, ProblemKind::Volume);
    assert_eq!(found.text, format!("volume claim media-streamer-1: {message}"));
}

#[test]
fn a_crash_is_reported_with_the_exit_code() {
    let observed = observed(&[pod("streamer-1", &waiting("CrashLoopBackOff", 4))]);
    let problem = problem(&observed);
    assert_eq!(problem.kind, ProblemKind::Crash);
    assert_eq!(problem.text, "it ended with exit code 3, 4 restarts");
}

#[test]
fn a_missing_secret_is_not_reported_as_a_missing_volume() {
    let creating = waiting("ContainerCreating", 0);
    let mut observed = observed(&[pod("streamer-1", &creating)]);
    assert_eq!(problem(&observed).kind, ProblemKind::Starting);
    let message = "MountVolume.SetUp failed for volume \"secrets\" : secret \"ginflix\" not found";
    observed.events = vec![event("streamer-1", "FailedMount", message, "2026-01-01T00:00:01Z")];
    let found = problem(&observed);
    assert_eq!((found.kind, found.text.as_str()), (ProblemKind::Configuration, message));
}

#[test]
fn a_node_that_is_not_ready_is_named() {
    let lost = json!({ "conditions": [
        { "type": "Ready", "status": "False" }, { "type": "PodScheduled", "status": "True" },
    ] });
    let mut observed = observed(&[ready("streamer-0"), pod("streamer-1", &lost)]);
    observed.nodes = Some(vec![from_json(json!({
        "metadata": { "name": "worker" },
        "status": { "conditions": [{ "type": "Ready", "status": "Unknown", "message": "Kubelet stopped posting node status." }] },
    }))]);
    let found = problem(&observed);
    assert_eq!(
        (found.kind, found.text.as_str()),
        (ProblemKind::Node, "its node worker is not ready")
    );
    let node = &nodes(&observed).unwrap()[0];
    assert!(!node.is_ready && node.reason.as_ref().unwrap().contains("Kubelet stopped"));
}

#[test]
fn a_refusal_is_reported_if_there_is_no_pod() {
    let mut observed = observed(&[ready("streamer-0")]);
    let message = "pods \"streamer-1\" is forbidden: exceeded quota";
    observed.events = vec![event("streamer", "FailedCreate", message, "2026-01-01T00:00:01Z")];
    let found = problem(&observed);
    assert_eq!((found.kind, found.text.as_str(), found.pod), (ProblemKind::Refused, message, None));
    // The controller has created a pod since, so the refusal is over.
    let created = "create Pod streamer-1 in StatefulSet streamer successful";
    observed.events.push(event("streamer", "SuccessfulCreate", created, "2026-01-01T00:00:09Z"));
    assert_eq!(problem(&observed).kind, ProblemKind::Starting);
    observed.events.push(event("streamer", "FailedCreate", message, "2026-01-01T00:00:10Z"));
    assert_eq!(problem(&observed).kind, ProblemKind::Refused);
}

#[test]
fn problems_that_waiting_does_not_solve_come_first() {
    let starting = pod("streamer-0", &waiting("ContainerCreating", 0));
    let missing = pod("streamer-1", &waiting("ErrImagePull", 0));
    assert_eq!(problem(&observed(&[starting, missing])).kind, ProblemKind::Image);
}

#[test]
fn the_address_of_the_gateway_depends_on_its_service() {
    let address = |service: Value, nodes: Option<Vec<Value>>| {
        let observed = ObservedState {
            services: vec![from_json(service)],
            nodes: nodes.map(|nodes| nodes.into_iter().map(from_json).collect()),
            ..ObservedState::default()
        };
        gateway_address(&observed)
    };
    let service = |kind: &str, ingress: Value| {
        json!({
            "metadata": { "name": "gateway" },
            "spec": { "type": kind, "ports": [{ "port": 80, "nodePort": 30080 }] },
            "status": { "loadBalancer": { "ingress": ingress } },
        })
    };
    let ip = service("LoadBalancer", json!([{ "ip": "10.0.0.7" }]));
    assert_eq!(address(ip, None).as_deref(), Some("http://10.0.0.7/"));
    let ip6 = service("LoadBalancer", json!([{ "ip": "fd00::7" }]));
    assert_eq!(address(ip6, None).as_deref(), Some("http://[fd00::7]/"));
    assert_eq!(address(service("LoadBalancer", json!(null)), None), None);
    let node = |name: &str, ip: &str, ready: &str| {
        json!({
            "metadata": { "name": name },
            "status": { "conditions": [{ "type": "Ready", "status": ready }],
                        "addresses": [{ "type": "InternalIP", "address": ip }] },
        })
    };
    let nodes = vec![node("a", "10.0.0.1", "False"), node("b", "10.0.0.2", "True")];
    let by_port = address(service("NodePort", json!(null)), Some(nodes));
    assert_eq!(by_port.as_deref(), Some("http://10.0.0.2:30080/"));
    assert_eq!(address(service("ClusterIP", json!(null)), None), None);
}
