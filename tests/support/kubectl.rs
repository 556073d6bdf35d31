//! A Kubernetes cluster as kubectl shows it, and its nodes where Docker has them.

use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::Duration;

use serde_json::Value;

use crate::wait;

/// A namespace of a cluster.
pub struct Kubectl {
    /// Where its context is written.
    pub kubeconfig: Option<PathBuf>,
    /// Which cluster.
    pub context: String,
    /// Which namespace.
    pub namespace: String,
}

impl Kubectl {
    /// kubectl with these arguments, not yet run.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new("kubectl");
        if let Some(file) = &self.kubeconfig {
            command.arg("--kubeconfig").arg(file);
        }
        command.args(["--context", &self.context, "--namespace", &self.namespace]).args(args);
        command
    }

    /// How it ends.
    pub fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().expect("kubectl is missing")
    }

    /// What it prints; it must succeed.
    #[track_caller]
    pub fn text(&self, args: &[&str]) -> String {
        expect_success(&format!("kubectl {args:?}"), self.run(args))
    }

    /// The items of a list.
    #[track_caller]
    pub fn list(&self, args: &[&str]) -> Vec<Value> {
        let text = self.text(&[&["get"], args, &["--output", "json"]].concat());
        let list: Value = serde_json::from_str(&text).unwrap();
        list["items"].as_array().unwrap_or(&vec![list.clone()]).clone()
    }

    /// The pods of a part that run.
    #[track_caller]
    pub fn pods(&self, part: &str) -> Vec<Value> {
        let mut pods = self.list(&["pods", "--selector", &format!("app={part}")]);
        pods.retain(|pod| {
            pod["status"]["phase"] == "Running" && pod["metadata"]["deletionTimestamp"].is_null()
        });
        pods
    }

    /// Waits until so many pods of a part are ready.
    #[track_caller]
    pub fn wait_until_ready(&self, part: &str, count: usize, patience: Duration) {
        wait::until(patience, &format!("{count} ready {part}"), || {
            (self.pods(part).iter().filter(|pod| is_ready(pod)).count() == count).then_some(())
        });
    }

    /// Where the volumes of a part are: claim, node, folder.
    pub fn volumes(&self, part: &str) -> Vec<(String, String, String)> {
        let claims = self.list(&["persistentvolumeclaims", "--selector", &format!("app={part}")]);
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

/// Whether a pod may take traffic.
pub fn is_ready(pod: &Value) -> bool {
    let conditions = pod["status"]["conditions"].as_array().into_iter().flatten();
    conditions.into_iter().any(|c| c["type"] == "Ready" && c["status"] == "True")
}

/// A pod's or an object's name.
pub fn name(object: &Value) -> &str {
    object["metadata"]["name"].as_str().unwrap()
}

/// What a command printed; it must have succeeded.
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
    expect_success(&format!("{script:?} on {node}"), output.expect("docker is missing"))
}
