//! Tries every connection of the table in `ginflix_tests::connections` from the pods of its client:
//! the needed ones must work, and all others must be refused.

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

/// The image of probes; any image with bash will do.
const IMAGE: &str = "debian:bookworm-slim";
/// How long a container may take to start.
const START_TIMEOUT: Duration = Duration::from_secs(120);
/// How long policies may take to apply to a new pod.
const SETTLE_TIMEOUT: Duration = Duration::from_secs(30);

/// A container that tries connections.
struct Probe<'a> {
    kubectl: &'a Kubectl,
    pod: String,
    container: String,
}

impl Probe<'_> {
    /// Runs a script in the container, and reports whether it succeeds within five seconds.
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

/// Checks each pair of the table.
pub fn check_connections(world: &mut World) -> String {
    let ours = &world.kubectl;
    if world.has_nodes_here() {
        load_image(ours.context.trim_start_matches("kind-"));
    }
    let elsewhere = Kubectl {
        kubeconfig: ours.kubeconfig.clone(),
        context: ours.context.clone(),
        namespace: format!("{}-elsewhere", world.name),
    };
    let _ = elsewhere.run(&["create", "namespace", &elsewhere.namespace]);
    let probes = start_probes(ours, &elsewhere);
    let listener = listen_outside(ours);
    let mut targets = find_targets(ours, &elsewhere, &probes);
    if let Some((listener, address)) = &listener {
        let (listens_on, address) = (listener.local_addr().unwrap().port(), address.to_string());
        let (pod, port) = (String::new(), 443);
        targets.push(ProbedListener { name: OUTSIDE, port, address, listens_on, pod });
    }
    let results: Vec<Result<(), String>> = std::thread::scope(|scope| {
        let threads: Vec<_> = probes
            .iter()
            .map(|(from, probe)| {
                let targets = &targets;
                scope.spawn(move || try_all(from, probe, targets))
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let count = results.len();
    let wrong: Vec<String> = results.into_iter().filter_map(Result::err).collect();
    drop(probes);
    let _ = ours.run(&["delete", "pod", "probe-backup", "--wait=false"]);
    let _ = elsewhere.run(&["delete", "namespace", &elsewhere.namespace, "--wait=false"]);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    format!("{count} connections, each as the table says")
}

/// Loads the image of probes onto the nodes of a kind cluster.
fn load_image(cluster: &str) {
    let image = std::env::temp_dir().join(format!("probe-{}.tar", std::process::id()));
    let save =
        std::process::Command::new("docker").args(["save", IMAGE, "--output"]).arg(&image).output();
    expect_success("docker save", save.unwrap());
    let load = std::process::Command::new("kind")
        .args(["load", "image-archive", "--name", cluster])
        .arg(&image)
        .output();
    std::fs::remove_file(&image).unwrap();
    expect_success("kind load", load.unwrap());
}

/// Starts a probe for each component, and one in another namespace.
fn start_probes<'a>(
    ours: &'a Kubectl,
    elsewhere: &'a Kubectl,
) -> BTreeMap<&'static str, Probe<'a>> {
    let mut probes = BTreeMap::new();
    for component in COMPONENTS {
        let probe = match ours.pods(component).first() {
            Some(pod) => start_in_pod(ours, name(pod)),
            // A component that does not always run is represented by a pod with its label.
            None => start_pod(ours, component),
        };
        probes.insert(component, probe);
    }
    // The foreign pod has the label of a component, which must not help it.
    probes.insert(FOREIGN_POD, start_pod(elsewhere, "gateway"));
    probes
}

/// A listener to which connections are tried.
struct ProbedListener {
    /// The name in the table.
    name: &'static str,
    /// The port in the table.
    port: u16,
    /// The address.
    address: String,
    /// The port on which it listens.
    listens_on: u16,
    /// Its pod, which reaches itself whatever the policies say.
    pod: String,
}

/// Returns the listeners of the components and of the Kubernetes API.
fn find_targets(
    ours: &Kubectl,
    elsewhere: &Kubectl,
    probes: &BTreeMap<&str, Probe>,
) -> Vec<ProbedListener> {
    let mut targets = Vec::new();
    for (component, port) in LISTENERS {
        // The last pod, so that it is another one than the probe's if there are several.
        let pods = ours.pods(component);
        let pod = pods.last().unwrap();
        let address = pod["status"]["podIP"].as_str().unwrap().to_owned();
        let listens = probes[component].connects("127.0.0.1", port);
        assert!(listens, "{component} does not listen on {port}: a refusal would mean nothing");
        let (listens_on, pod) = (port, name(pod).to_owned());
        targets.push(ProbedListener { name: component, port, address, listens_on, pod });
    }
    let api = &elsewhere.list(&["service", "kubernetes", "--namespace", "default"])[0];
    let address = api["spec"]["clusterIP"].as_str().unwrap().to_owned();
    let (port, pod) = (443, String::new());
    targets.push(ProbedListener { name: API, port, address, listens_on: port, pod });
    targets
}

/// Tries the connections of one probe. Returns an error for each that is not as the table says.
fn try_all(from: &str, probe: &Probe, targets: &[ProbedListener]) -> Vec<Result<(), String>> {
    let resolves = || probe.bash("getent hosts kubernetes.default.svc.cluster.local");
    let others = targets.iter().filter(|target| target.pod != probe.pod);
    let mut results: Vec<_> = others
        .map(|target| {
            let connects = || probe.connects(&target.address, target.listens_on);
            wait_until_as_needed(from, target.name, target.port, connects)
        })
        .collect();
    results.push(wait_until_as_needed(from, DNS, 53, resolves));
    results
}

/// Waits until a connection is allowed or refused as the table says.
fn wait_until_as_needed(
    from: &str,
    to: &str,
    port: u16,
    connects: impl Fn() -> bool,
) -> Result<(), String> {
    let (is_expected, deadline) = (is_allowed(from, to, port), Instant::now() + SETTLE_TIMEOUT);
    while connects() != is_expected {
        if Instant::now() > deadline {
            let fault = if is_expected { "refused, but needed" } else { "allowed" };
            return Err(format!("{from} -> {to}:{port}: {fault}"));
        }
    }
    Ok(())
}

/// Starts a probe as an ephemeral container of a running pod, in its network.
fn start_in_pod<'a>(kubectl: &'a Kubectl, pod: &str) -> Probe<'a> {
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
    wait::until(START_TIMEOUT, &format!("{container} in {pod}"), || {
        let pod = &kubectl.list(&["pod", pod])[0];
        let states = pod["status"]["ephemeralContainerStatuses"].as_array()?;
        states
            .iter()
            .any(|s| s["name"] == container.as_str() && !s["state"]["running"].is_null())
            .then_some(())
    });
    Probe { kubectl, pod: pod.to_owned(), container }
}

/// Starts a probe in a pod of its own with the label of a component.
fn start_pod<'a>(kubectl: &'a Kubectl, component: &str) -> Probe<'a> {
    let pod = format!("probe-{component}");
    let security: Value = json!({"runAsNonRoot": true, "runAsUser": 65534, "seccompProfile": {"type": "RuntimeDefault"}});
    let manifest = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": pod, "labels": {"app": component}},
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
    wait::until(START_TIMEOUT, &pod, || {
        (kubectl.list(&["pod", &pod])[0]["status"]["phase"] == "Running").then_some(())
    });
    Probe { kubectl, pod, container: "probe".to_owned() }
}

/// Listens outside of the Kubernetes cluster, if its nodes are containers on this machine.
fn listen_outside(kubectl: &Kubectl) -> Option<(TcpListener, IpAddr)> {
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
