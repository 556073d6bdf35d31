//! Pods and their containers, as they are in any object that makes some.

use kube::api::DynamicObject;
use serde_json::{Value, json};

/// What an object says of its pods.
pub fn pod_spec(object: &DynamicObject) -> Option<&Value> {
    let spec = object.data.get("spec")?;
    spec.pointer("/jobTemplate/spec/template/spec").or_else(|| spec.pointer("/template/spec"))
}

/// As [`pod_spec`], to be changed.
pub fn pod_spec_mut(object: &mut DynamicObject) -> Option<&mut Value> {
    let spec = object.data.get_mut("spec")?;
    if spec.get("jobTemplate").is_some() {
        spec.pointer_mut("/jobTemplate/spec/template/spec")
    } else {
        spec.pointer_mut("/template/spec")
    }
}

/// All containers of a pod: init containers first.
pub fn containers(spec: &Value) -> impl Iterator<Item = &Value> {
    ["initContainers", "containers"]
        .into_iter()
        .flat_map(|list| spec[list].as_array().into_iter().flatten())
}

/// Sets a variable of a container's environment.
pub fn set_env(container: &mut Value, name: &str, value: &str) {
    if !container["env"].is_array() {
        container["env"] = json!([]);
    }
    let Some(env) = container["env"].as_array_mut() else { return };
    env.retain(|entry| entry["name"] != name);
    env.push(json!({ "name": name, "value": value }));
}
