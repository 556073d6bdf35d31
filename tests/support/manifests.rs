//! The manifests of `k8s/` as data.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Returns the folder of the manifests.
pub fn folder() -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../k8s")).canonicalize().unwrap()
}

/// Parses every document of a YAML text.
pub fn parse(yaml: &str) -> Vec<Value> {
    serde_saphyr::from_multiple(yaml).unwrap()
}

/// Reads the objects of a folder whose kustomization is a plain list of files and folders.
///
/// # Panics
/// If the kustomization has patches or other fields.
pub fn read_kustomization(folder: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(folder.join("kustomization.yaml")).unwrap();
    let kustomization: Value = serde_saphyr::from_str(&text).unwrap();
    let keys: Vec<&String> = kustomization.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        ["apiVersion", "kind", "resources"],
        "{} has other fields, too",
        folder.display()
    );
    let files = kustomization["resources"].as_array().unwrap().iter();
    files
        .flat_map(|file| {
            let path = folder.join(file.as_str().unwrap());
            if path.is_dir() {
                read_kustomization(&path)
            } else {
                parse(&std::fs::read_to_string(&path).unwrap())
            }
        })
        .collect()
}

/// Renders an overlay with `kubectl kustomize`. Returns `None` on a machine without kubectl.
///
/// # Panics
/// If kubectl reports an error.
pub fn render_overlay(overlay: &str) -> Option<Vec<Value>> {
    let folder = folder().join("overlays").join(overlay);
    let output = Command::new("kubectl").arg("kustomize").arg(&folder).output().ok()?;
    let text = |bytes| String::from_utf8(bytes).unwrap();
    assert!(output.status.success(), "{overlay}: {}", text(output.stderr));
    Some(parse(&text(output.stdout)))
}

/// Returns `Kind/name` of an object.
pub fn name(object: &Value) -> String {
    format!(
        "{}/{}",
        object["kind"].as_str().unwrap_or("?"),
        object["metadata"]["name"].as_str().unwrap_or("?")
    )
}

/// Returns the JSON pointer to the pod template in an object of this kind.
fn template_pointer(kind: &str) -> Option<&'static str> {
    match kind {
        "Deployment" | "StatefulSet" | "DaemonSet" | "Job" | "ReplicaSet" => Some("/spec/template"),
        "CronJob" => Some("/spec/jobTemplate/spec/template"),
        "Pod" => Some(""),
        _ => None,
    }
}

/// Returns the pod template of a workload: its `metadata` and `spec`.
pub fn template(object: &Value) -> Option<&Value> {
    object.pointer(template_pointer(object["kind"].as_str()?)?)
}

/// Iterates over the containers and init containers of a pod template.
pub fn containers(template: &Value) -> impl Iterator<Item = &Value> {
    ["containers", "initContainers"]
        .into_iter()
        .flat_map(|list| template["spec"][list].as_array().into_iter().flatten())
}

/// Reports whether the `matchLabels` of a selector are among these labels. An empty selector
/// matches everything.
pub fn selector_matches(selector: &Value, labels: &Value) -> bool {
    let required = selector["matchLabels"].as_object().into_iter().flatten();
    required.into_iter().all(|(key, value)| labels[key] == *value)
}
