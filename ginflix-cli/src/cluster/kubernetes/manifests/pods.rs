//! Accessors of pod specifications within the objects that create pods.

use kube::api::DynamicObject;
use serde_json::{Value, json};

/// Returns the pod specification of a workload; `None` for other kinds of objects.
pub fn pod_spec(object: &DynamicObject) -> Option<&Value> {
    let spec = object.data.get("spec")?;
    spec.pointer("/jobTemplate/spec/template/spec").or_else(|| spec.pointer("/template/spec"))
}

/// Returns the pod specification of a workload, to change it.
pub fn pod_spec_mut(object: &mut DynamicObject) -> Option<&mut Value> {
    let spec = object.data.get_mut("spec")?;
    if spec.get("jobTemplate").is_some() {
        spec.pointer_mut("/jobTemplate/spec/template/spec")
    } else {
        spec.pointer_mut("/template/spec")
    }
}

/// Returns all containers of a pod, init containers first.
pub fn containers(spec: &Value) -> impl Iterator<Item = &Value> {
    ["initContainers", "containers"]
        .into_iter()
        .flat_map(|list| spec[list].as_array().into_iter().flatten())
}

/// Sets an environment variable of a container.
pub fn set_env(container: &mut Value, name: &str, value: &str) {
    if !container["env"].is_array() {
        container["env"] = json!([]);
    }
    let Some(env) = container["env"].as_array_mut() else { return };
    env.retain(|entry| entry["name"] != name);
    env.push(json!({ "name": name, "value": value }));
}
