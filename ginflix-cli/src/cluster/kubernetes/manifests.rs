//! From the files in `k8s/` and a cluster's settings to the objects that are
//! applied. Pure: asks no cluster.

use std::ops::RangeInclusive;

use kube::api::DynamicObject;
use serde::Serialize;
use serde_json::{Value, json};

use super::kinds::Kind;
use crate::cluster::options::ClusterAccess;
use crate::cluster::settings::{PartName, Service, Settings};
use crate::error::{Failure, Result};

/// The label of all that `ginflix` applied, and its value.
pub const MANAGED_BY: (&str, &str) = ("app.kubernetes.io/managed-by", "ginflix");
/// The label that tells the part.
pub const APP: &str = "app";
/// The namespace that the files name.
const NAMESPACE: &str = "ginflix";
/// Repository of the server's image in the files.
const SERVER: &str = "ginflix/server";
/// Repository of the database's image in the files.
const DATABASE: &str = "postgres";
/// Repository of the gateway's image in the files.
const GATEWAY: &str = "caddy";
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
    start_with_the_least(&mut objects);
    Ok(objects)
}

/// The files leave out how many an autoscaler shall run, which is right for whoever
/// applies them again and again; but one that was scaled to zero must come back.
fn start_with_the_least(objects: &mut [DynamicObject]) {
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

/// What `cluster up` applies, in that order.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub struct Plan(pub Vec<DynamicObject>);

impl Plan {
    /// The objects as one YAML stream.
    ///
    /// # Errors
    /// Never for what [`render`] made.
    pub fn to_yaml(&self) -> Result<String> {
        let mut text = String::new();
        for object in &self.0 {
            let one = serde_saphyr::to_string(object)
                .map_err(|e| Failure::failed(format!("cannot print: {e}")))?;
            text.push_str("---\n");
            text.push_str(&one);
        }
        Ok(text)
    }

    /// Kind and name of each.
    pub fn names(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|object| {
            let kind = object.types.as_ref().map_or("", |types| types.kind.as_str());
            (kind, object.metadata.name.as_deref().unwrap_or_default())
        })
    }

    /// The images that the objects' pods need.
    pub fn images(&self) -> Vec<String> {
        let mut images: Vec<String> = self
            .0
            .iter()
            .filter_map(pod_spec)
            .flat_map(containers)
            .filter_map(|container| container["image"].as_str().map(str::to_owned))
            .collect();
        images.sort();
        images.dedup();
        images
    }
}

/// The part that an object belongs to, by its label, else by its name.
pub fn part_of(object: &DynamicObject) -> Option<PartName> {
    let label = object.metadata.labels.as_ref().and_then(|labels| labels.get(APP));
    PartName::ALL.into_iter().find(|part| {
        label.map(String::as_str) == Some(part.as_str())
            || object.metadata.name.as_deref() == Some(part.as_str())
    })
}

/// Whether an image is ours to make.
pub fn is_server(image: &str) -> bool {
    repository(image) == SERVER
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

fn adapt_part(object: &mut DynamicObject, kind: Kind, part: PartName, settings: &Settings) {
    let replicas = settings.replicas.get(&part).copied();
    match (kind.name(), replicas) {
        ("Deployment" | "StatefulSet", Some(count)) => {
            object.data["spec"]["replicas"] = count.into();
        }
        // What a person asked for is the least that the autoscaler keeps.
        ("HorizontalPodAutoscaler", Some(count)) => {
            let spec = &mut object.data["spec"];
            let most = spec["maxReplicas"].as_u64().unwrap_or(0).max(count.into());
            (spec["minReplicas"], spec["maxReplicas"]) = (count.into(), most.into());
        }
        _ => {}
    }
    if part == PartName::Gateway
        && let Some(host) = &settings.host
    {
        serve_https(object, kind, host);
    }
    if (kind.name(), part) == ("Service", PartName::Gateway)
        && let Some(service) = settings.service
    {
        adapt_service(&mut object.data["spec"], service);
    }
}

fn adapt_storage(
    object: &mut DynamicObject,
    kind: Kind,
    part: Option<PartName>,
    settings: &Settings,
) {
    let class = settings.storage_class.as_ref();
    if kind.name() == "PersistentVolumeClaim" {
        adapt_claim(&mut object.data["spec"], class, None);
    }
    if kind.name() == "StatefulSet" {
        let size = settings.storage_size.as_ref().filter(|_| part == Some(PartName::Streamer));
        let claims = object.data["spec"]["volumeClaimTemplates"].as_array_mut();
        for claim in claims.into_iter().flatten() {
            adapt_claim(&mut claim["spec"], class, size);
        }
    }
}

/// Under a host name the gateway gets certificates by itself, as
/// `k8s/overlays/production` has it: one gateway only, because the authority's
/// question has to reach the one that asked, and so does the volume they are on.
fn serve_https(object: &mut DynamicObject, kind: Kind, host: &str) {
    let spec = &mut object.data["spec"];
    match kind.name() {
        "Service" => {
            if let Some(ports) = spec["ports"].as_array_mut() {
                ports.push(json!({ "name": "https", "port": 443, "targetPort": "https" }));
            }
        }
        "Deployment" => {
            spec["replicas"] = 1.into();
            spec["strategy"]["rollingUpdate"] = json!({ "maxSurge": 0, "maxUnavailable": 1 });
            let pod = &mut spec["template"]["spec"];
            for volume in pod["volumes"].as_array_mut().into_iter().flatten() {
                if volume["name"] == "data" {
                    let claim = json!({ "claimName": "certificates" });
                    *volume = json!({ "name": "data", "persistentVolumeClaim": claim });
                }
            }
            for container in pod["containers"].as_array_mut().into_iter().flatten() {
                set_env(container, "GINFLIX_SITE", host);
                if let Some(ports) = container["ports"].as_array_mut() {
                    ports.push(json!({ "name": "https", "containerPort": 8443 }));
                }
            }
        }
        _ => {}
    }
}

fn adapt_claim(spec: &mut Value, class: Option<&String>, size: Option<&String>) {
    if let Some(class) = class {
        spec["storageClassName"] = class.as_str().into();
    }
    if let Some(size) = size {
        spec["resources"]["requests"]["storage"] = size.as_str().into();
    }
}

fn adapt_service(spec: &mut Value, service: Service) {
    spec["type"] = match service {
        Service::LoadBalancer => "LoadBalancer",
        Service::NodePort => "NodePort",
        Service::ClusterIp => "ClusterIP",
    }
    .into();
    if service == Service::NodePort {
        let first = spec["ports"].as_array_mut().and_then(|ports| ports.first_mut());
        if let Some(port) = first {
            port["nodePort"] = NODE_PORT.into();
        }
    }
    if service == Service::ClusterIp
        && let Some(spec) = spec.as_object_mut()
    {
        // What only services with an outside have.
        spec.remove("externalTrafficPolicy");
        spec.remove("allocateLoadBalancerNodePorts");
        spec.remove("loadBalancerClass");
    }
}

fn adapt_pods(object: &mut DynamicObject, settings: &Settings) {
    let Some(spec) = pod_spec_mut(object) else { return };
    for list in ["initContainers", "containers"] {
        for container in spec[list].as_array_mut().into_iter().flatten() {
            let Some(image) = container["image"].as_str() else { continue };
            let (wanted, is_server) = match repository(image) {
                SERVER => (&settings.server_image, true),
                DATABASE => (&settings.database_image, false),
                GATEWAY => (&settings.gateway_image, false),
                _ => (&None, false),
            };
            if let Some(wanted) = wanted {
                container["image"] = wanted.as_str().into();
            }
            if let (true, Some(access)) = (is_server, settings.access) {
                let access = match access {
                    ClusterAccess::Public => "public",
                    ClusterAccess::Private => "private",
                };
                set_env(container, "GINFLIX_ACCESS", access);
            }
        }
    }
}

fn set_env(container: &mut Value, name: &str, value: &str) {
    if !container["env"].is_array() {
        container["env"] = json!([]);
    }
    let Some(env) = container["env"].as_array_mut() else { return };
    env.retain(|entry| entry["name"] != name);
    env.push(json!({ "name": name, "value": value }));
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

/// `postgres` of `registry.example:5000/library/postgres:17.6` is not ours to
/// guess; the files name images without a registry.
fn repository(image: &str) -> &str {
    image.split(['@', ':']).next().unwrap_or(image)
}

fn pod_spec(object: &DynamicObject) -> Option<&Value> {
    let spec = object.data.get("spec")?;
    spec.pointer("/jobTemplate/spec/template/spec").or_else(|| spec.pointer("/template/spec"))
}

fn pod_spec_mut(object: &mut DynamicObject) -> Option<&mut Value> {
    let spec = object.data.get_mut("spec")?;
    if spec.get("jobTemplate").is_some() {
        spec.pointer_mut("/jobTemplate/spec/template/spec")
    } else {
        spec.pointer_mut("/template/spec")
    }
}

fn containers(spec: &Value) -> impl Iterator<Item = &Value> {
    ["initContainers", "containers"]
        .into_iter()
        .flat_map(|list| spec[list].as_array().into_iter().flatten())
}

#[cfg(test)]
mod tests;
