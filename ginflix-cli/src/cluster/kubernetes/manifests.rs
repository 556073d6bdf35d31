//! From the files in `k8s/` and a cluster's settings to the objects that are
//! applied. Pure: asks no cluster.

mod autoscaling;
mod images;
mod parts;
mod plan;
mod pods;
mod storage;

use kube::api::DynamicObject;
use serde_json::{Value, json};

use self::images::adapt_pods;
use self::parts::adapt_part;
use self::storage::adapt_storage;
use super::kinds::Kind;
use crate::cluster::settings::{PartName, Settings};
use crate::error::{Failure, Result};

pub use autoscaling::keep_autoscaled;
pub use images::is_server;
pub use plan::Plan;

/// The label of all that `ginflix` applied, and its value.
pub const MANAGED_BY: (&str, &str) = ("app.kubernetes.io/managed-by", "ginflix");
/// The label that tells the part.
pub const APP: &str = "app";
/// The namespace that the files name.
const NAMESPACE: &str = "ginflix";
/// The port of every node where a gateway by node port is reached.
pub const NODE_PORT: u16 = 30_080;

/// The objects of a cluster, in the order in which they are applied.
///
/// # Errors
/// Where a file is no sound manifest, which is a fault of this program.
pub fn render(files: &[String], cluster: &str, settings: &Settings) -> Result<Vec<DynamicObject>> {
    let mut objects = Vec::new();
    for text in files {
        objects.extend(parse(text)?);
    }
    if settings.external_database_port.is_some() {
        objects.retain(|object| part_of(object) != Some(PartName::Database));
    }
    objects.extend(settings.external_database_port.map(external_database).transpose()?);
    let mut ranked = Vec::with_capacity(objects.len());
    for mut object in objects {
        let kind = Kind::of(&object).ok_or_else(|| {
            Failure::failed(format!("the manifests have an object of unknown kind: {object:?}"))
        })?;
        let part = part_of(&object);
        adapt_storage(&mut object, kind, part, settings);
        if let Some(part) = part {
            adapt_part(&mut object, kind, part, settings);
        }
        adapt_pods(&mut object, settings);
        resume_backups(&mut object, kind);
        object
            .metadata
            .labels
            .get_or_insert_default()
            .insert(MANAGED_BY.0.into(), MANAGED_BY.1.into());
        move_to(&mut object, kind, cluster);
        ranked.push((kind.rank(), object));
    }
    ranked.sort_by_key(|(rank, _)| *rank);
    let mut objects: Vec<DynamicObject> = ranked.into_iter().map(|(_, object)| object).collect();
    autoscaling::start_with_the_least(&mut objects);
    Ok(objects)
}

/// The part that an object belongs to, by its label, else by its name.
pub fn part_of(object: &DynamicObject) -> Option<PartName> {
    let label = object.metadata.labels.as_ref().and_then(|labels| labels.get(APP));
    PartName::ALL.into_iter().find(|part| {
        label.map(String::as_str) == Some(part.as_str())
            || object.metadata.name.as_deref() == Some(part.as_str())
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

/// Where the database is elsewhere, whoever asks it must be let out to it. What
/// its name stands for may change, so that the port alone is named.
fn external_database(port: u16) -> Result<DynamicObject> {
    let policy = json!({
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": { "name": "external-database", "namespace": NAMESPACE },
        "spec": {
            "podSelector": { "matchExpressions": [
                { "key": APP, "operator": "In", "values": ["web", "streamer", "backup"] },
            ] },
            "policyTypes": ["Egress"],
            "egress": [{ "ports": [{ "port": port, "protocol": "TCP" }] }],
        },
    });
    serde_json::from_value(policy).map_err(|e| Failure::failed(e.to_string()))
}

/// `cluster down` suspends backups.
fn resume_backups(object: &mut DynamicObject, kind: Kind) {
    if kind.name() == "CronJob" {
        object.data["spec"]["suspend"] = false.into();
    }
}

/// Puts an object into the cluster's namespace, and what it says of namespaces too.
fn move_to(object: &mut DynamicObject, kind: Kind, cluster: &str) {
    if kind.is_namespaced() {
        object.metadata.namespace = Some(cluster.to_owned());
    } else {
        object.metadata.name = Some(cluster.to_owned());
    }
    rename_namespaces(&mut object.data, cluster);
}

/// Selectors of namespaces by name, and subjects of bindings.
fn rename_namespaces(value: &mut Value, cluster: &str) {
    match value {
        Value::Object(fields) => {
            for (key, field) in fields {
                let names = key == "kubernetes.io/metadata.name" || key == "namespace";
                if names && field == NAMESPACE {
                    *field = cluster.into();
                } else {
                    rename_namespaces(field, cluster);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| rename_namespaces(item, cluster)),
        _ => {}
    }
}

#[cfg(test)]
mod tests;
