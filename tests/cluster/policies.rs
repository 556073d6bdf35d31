//! Every connection of the table, tried from where it would come: needed ones
//! work, all others are refused.

use std::collections::BTreeMap;
use std::net::{IpAddr, TcpListener};
use std::time::{Duration, Instant};

use ginflix_tests::connections::{
    API, COMPONENTS, DNS, FOREIGN_POD, LISTENERS, OUTSIDE, is_allowed,
};
use ginflix_tests::kubectl::{Kubectl, expect_success, name};
use ginflix_tests::wait;
use serde_json::{Value, json};

use crate::world::World;

/// The image that tries: anything with bash.
const IMAGE: &str = "debian:bookworm-slim";
/// How long a container may take to start.
const START: Duration = Duration::from_secs(120);
/// Policies reach a new pod a moment after it started.
const SETTLE: Duration = Duration::from_secs(30);

/// A container that tries, and the pod that it is in.
struct Probe<'a> {
    kubectl: &'a Kubectl,
    pod: String,
    container: String,
}

impl Probe<'_> {
    fn bash(&self, script: &str) -> bool {
        let exec = ["exec", &self.pod, "--container", &self.container, "--"];
        self.kubectl
            .run(&[&exec, ["timeout", "5", "bash", "-c", script].as_slice()].concat())
            .status
            .success()
    }

    fn connects(&self, address: &str, port: u16) -> bool {
        self.bash(&format!("</dev/tcp/{address}/{port}"))
    }
}

/// The step: one row for each pair.
pub fn hold(world: &mut World) -> String {
    let ours = &world.kubectl;
    if world.has_nodes_here() {
        let image = std::env::temp_dir().join(format!("probe-{}.tar", std::process::id()));
        let cluster = world.kubectl.context.trim_start_matches("kind-");
        let save = std::process::Command::new("docker")
            .args(["save", IMAGE, "--output"])
            .arg(&image)
            .output();
        expect_success("docker save", save.unwrap());
        let load = std::process::Command::new("kind")
            .args(["load", "image-archive", "--name", cluster])
            .arg(&image)
            .output();
        std::fs::remove_file(&image).unwrap();
        expect_success("kind load", load.unwrap());
    }
    let elsewhere = Kubectl {
        kubeconfig: ours.kubeconfig.clone(),
        context: ours.context.clone(),
        namespace: format!("{}-elsewhere", world.name),
    };
    let _ = elsewhere.run(&["create", "namespace", &elsewhere.namespace]);
    let mut probes: BTreeMap<&str, Probe> = BTreeMap::new();
    for part in COMPONENTS {
        let probe = match ours.pods(part).first() {
            Some(pod) => beside(ours, name(pod)),
            // A part that does not run all the time: a pod that is one by its label.
            None => alone(ours, part),
        };
        probes.insert(part, probe);
    }
    // It calls itself like a part of the service, which must not help it.
    probes.insert(FOREIGN_POD, alone(&elsewhere, "gateway"));

    let listener = outside(ours);
    let mut targets = Vec::new();
    for (part, port) in LISTENERS {
        // Another pod than the one that asks, where there is one.
        let pods = ours.pods(part);
        let pod = pods.last().unwrap();
        let address = pod["status"]["podIP"].as_str().unwrap().to_owned();
        let listens = probes[part].connects("127.0.0.1", port);
        assert!(listens, "{part} does not listen on {port}: this table would mean nothing");
        targets.push(Target { to: part, port, address, at: port, pod: name(pod).to_owned() });
    }
    let api = &elsewhere.list(&["service", "kubernetes", "--namespace", "default"])[0];
    let address = api["spec"]["clusterIP"].as_str().unwrap().to_owned();
    targets.push(Target { to: API, port: 443, address, at: 443, pod: String::new() });
    if let Some((listener, address)) = &listener {
        let (at, address) = (listener.local_addr().unwrap().port(), address.to_string());
        targets.push(Target { to: OUTSIDE, port: 443, address, at, pod: String::new() });
    }
    let results: Vec<Result<(), String>> = std::thread::scope(|scope| {
        let tries: Vec<_> = probes
            .iter()
            .map(|(from, probe)| {
                let targets = &targets;
                scope.spawn(move || tries(from, probe, targets))
            })
            .collect();
        tries.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let tried = results.len();
    let wrong: Vec<String> = results.into_iter().filter_map(Result::err).collect();
    drop(probes);
    let _ = ours.run(&["delete", "pod", "probe-backup", "--wait=false"]);
    let _ = elsewhere.run(&["delete", "namespace", &elsewhere.namespace, "--wait=false"]);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    format!("{tried} connections, each as the table says")
}

/// Something that listens.
struct Target {
    /// Its name and port in the table.
    to: &'static str,
    port: u16,
    /// Where it is.
    address: String,
    at: u16,
    /// Its pod, which reaches itself whatever policies say.
    pod: String,
}

/// Each connection from one probe: an error for those that are not as the table says.
fn tries(from: &str, probe: &Probe, targets: &[Target]) -> Vec<Result<(), String>> {
    let names = || probe.bash("getent hosts kubernetes.default.svc.cluster.local");
    let others = targets.iter().filter(|target| target.pod != probe.pod);
    let mut results: Vec<_> = others
        .map(|target| {
            let open = || probe.connects(&target.address, target.at);
            settles(from, target.to, target.port, open)
        })
        .collect();
    results.push(settles(from, DNS, 53, names));
    results
}

/// Whether a connection is soon what it has to be.
fn settles(from: &str, to: &str, port: u16, open: impl Fn() -> bool) -> Result<(), String> {
    let (wanted, end) = (is_allowed(from, to, port), Instant::now() + SETTLE);
    while open() != wanted {
        if Instant::now() > end {
            let what = if wanted { "refused, but needed" } else { "open" };
            return Err(format!("{from} -> {to}:{port}: {what}"));
        }
    }
    Ok(())
}

/// A container beside the ones of a running pod, in its network.
fn beside<'a>(kubectl: &'a Kubectl, pod: &str) -> Probe<'a> {
    let container = format!("probe-{}", std::process::id());
    let image = format!("--image={IMAGE}");
    let named = format!("--container={container}");
    let debug = [
        "debug",
        pod,
        &image,
        "--image-pull-policy=IfNotPresent",
        "--profile=restricted",
        &named,
        "--",
        "sleep",
        "1800",
    ];
    kubectl.text(&debug);
    wait::until(START, &format!("{container} in {pod}"), || {
        let pod = &kubectl.list(&["pod", pod])[0];
        let states = pod["status"]["ephemeralContainerStatuses"].as_array()?;
        states
            .iter()
            .any(|s| s["name"] == container.as_str() && !s["state"]["running"].is_null())
            .then_some(())
    });
    Probe { kubectl, pod: pod.to_owned(), container }
}

/// A pod of its own with the labels of a part.
fn alone<'a>(kubectl: &'a Kubectl, part: &str) -> Probe<'a> {
    let pod = format!("probe-{part}");
    let security: Value = json!({"runAsNonRoot": true, "runAsUser": 65534, "seccompProfile": {"type": "RuntimeDefault"}});
    let manifest = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": pod, "labels": {"app": part}},
        "spec": {
            "automountServiceAccountToken": false, "terminationGracePeriodSeconds": 1, "securityContext": security,
            "containers": [{
                "name": "probe", "image": IMAGE, "imagePullPolicy": "IfNotPresent", "command": ["sleep", "1800"],
                "securityContext": {"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}},
            }],
        },
    });
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&file, manifest.to_string()).unwrap();
    let _ = kubectl.run(&["delete", "pod", &pod, "--ignore-not-found"]);
    kubectl.text(&["apply", "--filename", file.path().to_str().unwrap()]);
    wait::until(START, &pod, || {
        (kubectl.list(&["pod", &pod])[0]["status"]["phase"] == "Running").then_some(())
    });
    Probe { kubectl, pod, container: "probe".to_owned() }
}

/// Something that listens outside of the cluster, where its nodes are containers on this machine.
fn outside(kubectl: &Kubectl) -> Option<(TcpListener, IpAddr)> {
    if !kubectl.context.starts_with("kind-") {
        return None;
    }
    let gateways = "{{range .IPAM.Config}}{{.Gateway}} {{end}}";
    let inspect = std::process::Command::new("docker")
        .args(["network", "inspect", "kind", "--format", gateways])
        .output();
    let text = expect_success("docker network inspect kind", inspect.unwrap());
    let address: IpAddr =
        text.split_whitespace().find_map(|word| word.parse().ok().filter(IpAddr::is_ipv4))?;
    Some((TcpListener::bind((address, 0)).unwrap(), address))
}
