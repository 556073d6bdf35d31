//! How many pods a deployment with an autoscaler has: as many as the autoscaler has made of
//! it, else the least.

use std::ops::RangeInclusive;

use kube::api::DynamicObject;
use serde_json::Value;

use super::super::kinds::Kind;

/// The files leave out how many an autoscaler shall run, which is right for whoever
/// applies them again and again; but one that was scaled to zero must come back.
pub fn start_with_the_least(objects: &mut [DynamicObject]) {
    for (name, limits) in autoscaled(objects) {
        for object in objects.iter_mut().filter(|object| is_deployment(object, &name)) {
            let replicas = &mut object.data["spec"]["replicas"];
            if replicas.is_null() {
                *replicas = (*limits.start()).into();
            }
        }
    }
}

/// Keeps what an autoscaler has made of a deployment that runs.
pub fn keep_autoscaled(objects: &mut [DynamicObject], running: &[(String, u32)]) {
    for (name, limits) in autoscaled(objects) {
        let Some((_, count)) = running.iter().find(|(deployment, _)| *deployment == name) else {
            continue;
        };
        if limits.contains(count) {
            for object in objects.iter_mut().filter(|object| is_deployment(object, &name)) {
                object.data["spec"]["replicas"] = (*count).into();
            }
        }
    }
}

/// Deployments with an autoscaler, and between which numbers it keeps them.
fn autoscaled(objects: &[DynamicObject]) -> Vec<(String, RangeInclusive<u32>)> {
    objects
        .iter()
        .filter(|object| Kind::of(object).is_some_and(|k| k.name() == "HorizontalPodAutoscaler"))
        .filter_map(|object| {
            let spec = &object.data["spec"];
            let count = |value: &Value| u32::try_from(value.as_u64()?).ok();
            let name = spec["scaleTargetRef"]["name"].as_str()?.to_owned();
            Some((name, count(&spec["minReplicas"]).unwrap_or(1)..=count(&spec["maxReplicas"])?))
        })
        .collect()
}

fn is_deployment(object: &DynamicObject, name: &str) -> bool {
    Kind::of(object).is_some_and(|kind| kind.name() == "Deployment")
        && object.metadata.name.as_deref() == Some(name)
}
