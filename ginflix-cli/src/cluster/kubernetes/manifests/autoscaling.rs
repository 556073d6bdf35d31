//! The number of replicas of deployments with an autoscaler: the current number, else the minimum.

use std::ops::RangeInclusive;

use kube::api::DynamicObject;
use serde_json::Value;

use super::super::resource_kinds::ResourceKind;

/// Sets the number of replicas of deployments with an autoscaler to its minimum. The manifests
/// leave it out so that `kubectl apply` does not undo the autoscaler; but then a deployment that
/// `cluster down` scaled to zero would stay there, because an autoscaler
/// ignores a deployment with zero replicas.
pub fn start_with_minimum(objects: &mut [DynamicObject]) {
    for (name, limits) in autoscaled(objects) {
        for object in objects.iter_mut().filter(|object| is_deployment(object, &name)) {
            let replicas = &mut object.data["spec"]["replicas"];
            if replicas.is_null() {
                *replicas = (*limits.start()).into();
            }
        }
    }
}

/// Sets the number of replicas of deployments with an autoscaler to the current one, where that is
/// within the autoscaler's limits. `current` has the name and replicas of existing deployments.
pub fn keep_autoscaled(objects: &mut [DynamicObject], current: &[(String, u32)]) {
    for (name, limits) in autoscaled(objects) {
        let Some((_, count)) = current.iter().find(|(deployment, _)| *deployment == name) else {
            continue;
        };
        if limits.contains(count) {
            for object in objects.iter_mut().filter(|object| is_deployment(object, &name)) {
                object.data["spec"]["replicas"] = (*count).into();
            }
        }
    }
}

/// Returns the names of deployments with an autoscaler, and the autoscaler's limits.
fn autoscaled(objects: &[DynamicObject]) -> Vec<(String, RangeInclusive<u32>)> {
    objects
        .iter()
        .filter(|object| {
            ResourceKind::of(object).is_some_and(|k| k.name() == "HorizontalPodAutoscaler")
        })
        .filter_map(|object| {
            let spec = &object.data["spec"];
            let count = |value: &Value| u32::try_from(value.as_u64()?).ok();
            let name = spec["scaleTargetRef"]["name"].as_str()?.to_owned();
            Some((name, count(&spec["minReplicas"]).unwrap_or(1)..=count(&spec["maxReplicas"])?))
        })
        .collect()
}

fn is_deployment(object: &DynamicObject, name: &str) -> bool {
    ResourceKind::of(object).is_some_and(|kind| kind.name() == "Deployment")
        && object.metadata.name.as_deref() == Some(name)
}
