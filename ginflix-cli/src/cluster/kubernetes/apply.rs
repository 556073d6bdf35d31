//! Applies objects by server-side apply, and prunes those that are no longer among them.

use std::collections::BTreeSet;

use k8s_openapi::api::apps::v1::{Deployment, StatefulSet};
use k8s_openapi::api::core::v1::Namespace;
use kube::Client;
use kube::api::{Api, DeleteParams, DynamicObject, ListParams, Patch, PatchParams};
use kube::core::PartialObjectMeta;

use super::access::{failure, is_not_found};
use super::manifests::MANAGED_BY;
use super::resource_kinds::{RESOURCE_KINDS, ResourceKind};
use crate::cluster::settings::ComponentName;
use crate::error::{ExitStatus, Failure, Result};

/// The field manager of the fields that `ginflix` sets.
pub const FIELD_MANAGER: &str = "ginflix";
/// The annotation of the namespace that stores the settings as JSON.
pub const SETTINGS_ANNOTATION: &str = "ginflix/settings";

/// The owner of the namespace with a cluster's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NamespaceOwner {
    /// There is no such namespace.
    Absent,
    /// The namespace is GinFlix's, and is being deleted.
    Terminating,
    /// The namespace is GinFlix's; with the stored settings.
    Ours(Option<String>),
    /// The namespace belongs to somebody else.
    Foreign,
}

/// Reads who owns the namespace with the cluster's name.
///
/// # Errors
/// The API does not respond, or refuses.
pub async fn owner(client: &Client, cluster: &str) -> Result<NamespaceOwner> {
    match Api::<Namespace>::all(client.clone()).get(cluster).await {
        Ok(namespace) => Ok(owner_of(&namespace)),
        Err(error) if is_not_found(&error) => Ok(NamespaceOwner::Absent),
        Err(error) => Err(failure(&format!("read the namespace `{cluster}`"), &error)),
    }
}

fn owner_of(namespace: &Namespace) -> NamespaceOwner {
    let labels = namespace.metadata.labels.as_ref();
    if labels.and_then(|labels| labels.get(MANAGED_BY.0)).map(String::as_str) != Some(MANAGED_BY.1)
    {
        return NamespaceOwner::Foreign;
    }
    if namespace.metadata.deletion_timestamp.is_some() {
        return NamespaceOwner::Terminating;
    }
    let annotations = namespace.metadata.annotations.as_ref();
    NamespaceOwner::Ours(
        annotations.and_then(|annotations| annotations.get(SETTINGS_ANNOTATION)).cloned(),
    )
}

/// Returns the failure of a command whose namespace belongs to somebody else.
pub fn foreign_namespace(cluster: &str) -> Failure {
    Failure::new(
        ExitStatus::Conflict,
        format!("the namespace `{cluster}` exists and does not belong to GinFlix"),
    )
    .hint(if cluster == "default" || cluster.starts_with("kube-") {
        "choose another name with --cluster".to_owned()
    } else {
        format!(
            "choose another name with --cluster; or hand it over to GinFlix, with everything in \
                 it: kubectl label namespace {cluster} {}={}",
            MANAGED_BY.0, MANAGED_BY.1
        )
    })
}

/// Applies one object.
///
/// # Errors
/// The API refuses the object.
pub async fn apply(client: &Client, object: &DynamicObject) -> Result<()> {
    let (api, name) = api_of(client, object)?;
    let params = PatchParams::apply(FIELD_MANAGER).force();
    api.patch(name, &params, &Patch::Apply(object))
        .await
        .map(drop)
        .map_err(|error| failure(&format!("apply {}", describe(object)), &error))
}

/// Deletes the objects with our label that are not among `objects`, except for kinds that hold
/// data. Returns the names of the deleted objects.
///
/// # Errors
/// The API does not respond, or refuses.
pub async fn prune(
    client: &Client,
    cluster: &str,
    objects: &[DynamicObject],
) -> Result<Vec<String>> {
    let kept: BTreeSet<(usize, &str)> = objects
        .iter()
        .filter_map(|object| {
            Some((ResourceKind::of(object)?.rank(), object.metadata.name.as_deref()?))
        })
        .collect();
    let mut pruned = Vec::new();
    for kind in RESOURCE_KINDS.iter().rev().filter(|kind| kind.prunable) {
        let api: Api<DynamicObject> =
            Api::namespaced_with(client.clone(), cluster, &kind.resource());
        for object in list_ours(&api, kind).await? {
            let Some(name) = object.metadata.name.as_deref() else { continue };
            if kept.contains(&(kind.rank(), name)) || has_owner(&object) {
                continue;
            }
            let description = format!("{} {name}", kind.name());
            match api.delete(name, &DeleteParams::background()).await {
                Ok(_) => pruned.push(description),
                Err(error) if is_not_found(&error) => {}
                Err(error) => return Err(failure(&format!("delete {description}"), &error)),
            }
        }
    }
    Ok(pruned)
}

/// Lists the objects of a kind that carry our label.
async fn list_ours(
    api: &Api<DynamicObject>,
    kind: &ResourceKind,
) -> Result<Vec<PartialObjectMeta<DynamicObject>>> {
    let ours = ListParams::default().labels(&format!("{}={}", MANAGED_BY.0, MANAGED_BY.1));
    match api.list_metadata(&ours).await {
        Ok(list) => Ok(list.items),
        // A user who may not list a kind has not applied any object of it either.
        Err(kube::Error::Api(status)) if matches!(status.code, 403 | 404) => Ok(Vec::new()),
        Err(error) => Err(failure(&format!("list {}", kind.plural()), &error)),
    }
}

/// Returns whether a controller created an object, and so is the one to delete it.
fn has_owner(object: &PartialObjectMeta<DynamicObject>) -> bool {
    object.metadata.owner_references.as_ref().is_some_and(|owners| !owners.is_empty())
}

/// Returns kind and name of an object, such as `StatefulSet streamer`.
pub fn describe(object: &DynamicObject) -> String {
    let kind = object.types.as_ref().map_or("object", |types| types.kind.as_str());
    format!("{kind} {}", object.metadata.name.as_deref().unwrap_or("without a name"))
}

/// Returns the API of an object's kind and namespace, and the object's name.
///
/// # Errors
/// The object has no name, no namespace where it needs one, or an unknown kind.
pub fn api_of<'a>(
    client: &Client,
    object: &'a DynamicObject,
) -> Result<(Api<DynamicObject>, &'a str)> {
    let invalid = || Failure::failed(format!("{} cannot be applied", describe(object)));
    let kind = ResourceKind::of(object).ok_or_else(invalid)?;
    let name = object.metadata.name.as_deref().ok_or_else(invalid)?;
    let api = match (&object.metadata.namespace, kind.is_namespaced()) {
        (Some(namespace), true) => {
            Api::namespaced_with(client.clone(), namespace, &kind.resource())
        }
        (None, true) => return Err(invalid()),
        (_, false) => Api::all_with(client.clone(), &kind.resource()),
    };
    Ok((api, name))
}

/// Replaces the pods of the components that use the database, one after the other: they read the
/// Secret with its address only when they start.
///
/// # Errors
/// The API does not respond, or refuses.
pub async fn restart(client: &Client, cluster: &str) -> Result<()> {
    let (web, streamer) = (ComponentName::Web.as_str(), ComponentName::Streamer.as_str());
    let deployments = Api::<Deployment>::namespaced(client.clone(), cluster);
    let done = deployments.restart(web).await.map(drop);
    done.map_err(|e| failure(&format!("restart the {web}"), &e))?;
    let sets = Api::<StatefulSet>::namespaced(client.clone(), cluster);
    let done = sets.restart(streamer).await.map(drop);
    done.map_err(|e| failure(&format!("restart the {streamer}"), &e))
}

#[cfg(test)]
mod tests;
