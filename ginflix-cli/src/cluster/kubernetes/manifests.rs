//! Renders the objects of a cluster from the manifests of `k8s/` and the cluster's settings, without
//! any I/O.

mod autoscaling;
mod components;
mod images;
mod plan;
mod pods;
mod storage;

use kube::api::DynamicObject;
use serde_json::{Value, json};

use self::components::adapt_component;
use self::images::adapt_pods;
use self::storage::adapt_storage;
use super::resource_kinds::ResourceKind;
use crate::cluster::settings::{ComponentName, KubernetesSettings};
use crate::error::{Failure, Result};

pub use autoscaling::keep_autoscaled;
pub use images::is_server;
pub use plan::ManifestPlan;

/// The label of all objects that `ginflix` applies, and its value.
pub const MANAGED_BY: (&str, &str) = ("app.kubernetes.io/managed-by", "ginflix");
/// The label with the name of an object's component.
pub const APP_LABEL: &str = "app";
/// The namespace in the manifests, which is replaced by the one of the cluster.
const MANIFEST_NAMESPACE: &str = "ginflix";
/// The port of every node on which a gateway with a Service of type `NodePort` is reached.
pub const NODE_PORT: u16 = 30_080;

/// Renders the objects of a cluster, in the order in which they are applied.
///
/// # Errors
/// A file is not a valid manifest, which is a bug of this program.
pub fn render(
    files: &[String],
    cluster: &str,
    settings: &KubernetesSettings,
) -> Result<Vec<DynamicObject>> {
    let mut objects = Vec::new();
    for text in files {
        objects.extend(parse(text)?);
    }
    if settings.external_database_port.is_some() {
        objects.retain(|object| component_of(object) != Some(ComponentName::Database));
    }
    objects.extend(settings.external_database_port.map(external_database_policy).transpose()?);
    let mut ranked = Vec::with_capacity(objects.len());
    for mut object in objects {
        let kind = ResourceKind::of(&object).ok_or_else(|| {
            Failure::failed(format!("the manifests have an object of unknown kind: {object:?}"))
        })?;
        let component = component_of(&object);
        adapt_storage(&mut object, kind, component, settings);
        if let Some(component) = component {
            adapt_component(&mut object, kind, component, settings);
        }
        adapt_pods(&mut object, settings);
        resume_backups(&mut object, kind);
        object
            .metadata
            .labels
            .get_or_insert_default()
            .insert(MANAGED_BY.0.into(), MANAGED_BY.1.into());
        move_to_namespace(&mut object, kind, cluster);
        ranked.push((kind.rank(), object));
    }
    ranked.sort_by_key(|(rank, _)| *rank);
    let mut objects: Vec<DynamicObject> = ranked.into_iter().map(|(_, object)| object).collect();
    autoscaling::start_with_minimum(&mut objects);
    Ok(objects)
}

/// Returns the component that an object belongs to, by its label, else by its name.
pub fn component_of(object: &DynamicObject) -> Option<ComponentName> {
    let label = object.metadata.labels.as_ref().and_then(|labels| labels.get(APP_LABEL));
    ComponentName::ALL.into_iter().find(|component| {
        label.map(String::as_str) == Some(component.as_str())
            || object.metadata.name.as_deref() == Some(component.as_str())
    })
}

fn parse(text: &str) -> Result<Vec<DynamicObject>> {
    let broken = |e: String| Failure::failed(format!("a manifest of this program is broken: {e}"));
    let values: Vec<Value> =
        serde_saphyr::from_multiple(text).map_err(|e| broken(e.to_string()))?;
    values
        .into_iter()
        .filter(|value| !value.is_null())
        .map(|value| serde_json::from_value(value).map_err(|e| broken(e.to_string())))
        .collect()
}

/// Returns the NetworkPolicy that lets pods connect to an external database. It allows the port on
/// any address, because the address of a host name may change.
fn external_database_policy(port: u16) -> Result<DynamicObject> {
    let policy = json!({
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": { "name": "external-database", "namespace": MANIFEST_NAMESPACE },
        "spec": {
            "podSelector": { "matchExpressions": [
                { "key": APP_LABEL, "operator": "In", "values": ["web", "streamer", "backup"] },
            ] },
            "policyTypes": ["Egress"],
            "egress": [{ "ports": [{ "port": port, "protocol": "TCP" }] }],
        },
    });
    serde_json::from_value(policy).map_err(|e| Failure::failed(e.to_string()))
}

/// Resumes the backups, which `cluster down` suspends.
fn resume_backups(object: &mut DynamicObject, kind: ResourceKind) {
    if kind.name() == "CronJob" {
        object.data["spec"]["suspend"] = false.into();
    }
}

/// Moves an object, and its references to the namespace, to the namespace of the cluster.
fn move_to_namespace(object: &mut DynamicObject, kind: ResourceKind, cluster: &str) {
    if kind.is_namespaced() {
        object.metadata.namespace = Some(cluster.to_owned());
    } else {
        object.metadata.name = Some(cluster.to_owned());
    }
    replace_namespaces(&mut object.data, cluster);
}

/// Replaces the namespace in selectors of namespaces and in subjects of bindings.
fn replace_namespaces(value: &mut Value, cluster: &str) {
    match value {
        Value::Object(fields) => {
            for (key, field) in fields {
                let is_namespace = key == "kubernetes.io/metadata.name" || key == "namespace";
                if is_namespace && field == MANIFEST_NAMESPACE {
                    *field = cluster.into();
                } else {
                    replace_namespaces(field, cluster);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| replace_namespaces(item, cluster)),
        _ => {}
    }
}

#[cfg(test)]
mod tests;
