//! A Kubernetes cluster through kubectl, and its nodes if they are containers of Docker.

use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::Duration;

use serde_json::Value;

use crate::wait;

/// kubectl for one namespace of a cluster.
pub struct Kubectl {
    /// The kubeconfig file, if it is not the default one.
    pub kubeconfig: Option<PathBuf>,
    /// The context of the cluster.
    pub context: String,
    /// The namespace.
    pub namespace: String,
}

impl Kubectl {
    /// Builds a kubectl command with these arguments.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new("kubectl");
        if let Some(file) = &self.kubeconfig {
            command.arg("--kubeconfig").arg(file);
        }
        command.args(["--context", &self.context, "--namespace", &self.namespace]).args(args);
        command
    }

    /// Runs kubectl to its end.
    pub fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().expect("this test needs kubectl, which is not installed")
    }

    /// Runs kubectl, which must succeed, and returns its standard output.
    #[track_caller]
    pub fn text(&self, args: &[&str]) -> String {
        expect_success(&format!("kubectl {args:?}"), self.run(args))
    }

    /// Returns the objects that `kubectl get` prints, also if it prints one that is not in a list.
    #[track_caller]
    pub fn list(&self, args: &[&str]) -> Vec<Value> {
        let text = self.text(&[&["get"], args, &["--output", "json"]].concat());
        let list: Value = serde_json::from_str(&text).unwrap();
        list["items"].as_array().unwrap_or(&vec![list.clone()]).clone()
    }

    /// Returns the running pods of a component.
    #[track_caller]
    pub fn pods(&self, component: &str) -> Vec<Value> {
        let mut pods = self.list(&["pods", "--selector", &format!("app={component}")]);
        pods.retain(|pod| {
            pod["status"]["phase"] == "Running" && pod["metadata"]["deletionTimestamp"].is_null()
        });
        pods
    }

    /// Waits until exactly `count` pods of a component are ready.
    #[track_caller]
    pub fn wait_until_ready(&self, component: &str, count: usize, timeout: Duration) {
        wait::until(timeout, &format!("{count} ready {component}"), || {
            let pods = self.pods(component);
            (pods.iter().filter(|pod| is_ready(pod)).count() == count).then_some(())
        });
    }

    /// Returns the claim of each volume of a component, its node, and its folder on that node. Node
    /// and folder are empty if the volume does not name them.
    pub fn volumes(&self, component: &str) -> Vec<(String, String, String)> {
        let selector = format!("app={component}");
        let claims = self.list(&["persistentvolumeclaims", "--selector", &selector]);
        let bound = claims.iter().filter_map(|claim| {
            let name = claim["metadata"]["name"].as_str()?;
            Some((name, claim["spec"]["volumeName"].as_str()?))
        });
        bound
            .map(|(claim, volume)| {
                let volume = &self.list(&["persistentvolume", volume])[0]["spec"];
                let folder = volume.pointer("/hostPath/path").or(volume.pointer("/local/path"));
                let folder = folder.and_then(Value::as_str).unwrap_or_default();
                let terms = &volume["nodeAffinity"]["required"]["nodeSelectorTerms"][0];
                let node = terms["matchExpressions"][0]["values"][0].as_str().unwrap_or_default();
                (claim.to_owned(), node.to_owned(), folder.to_owned())
            })
            .collect()
    }
}

/// Reports whether a pod or a node has the condition `Ready`.
pub fn is_ready(object: &Value) -> bool {
    let conditions = object["status"]["conditions"].as_array().into_iter().flatten();
    conditions.into_iter().any(|c| c["type"] == "Ready" && c["status"] == "True")
}

/// Returns the name of an object.
pub fn name(object: &Value) -> &str {
    object["metadata"]["name"].as_str().unwrap()
}

/// Returns the standard output of a command, which must have succeeded.
#[track_caller]
pub fn expect_success(what: &str, output: Output) -> String {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{what}: {stderr}");
    String::from_utf8(output.stdout).unwrap()
}

/// Runs a shell script on a node that is a container of Docker.
#[track_caller]
pub fn run_on_node(node: &str, script: &str) -> String {
    let output = Command::new("docker").args(["exec", node, "sh", "-c", script]).output();
    expect_success(
        &format!("{script:?} on {node}"),
        output.expect("this test needs docker, which is not installed"),
    )
}
