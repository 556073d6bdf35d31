//! Brings objects onto the cluster by server-side apply, and takes away what
//! is no longer among them.

use std::collections::BTreeSet;

use k8s_openapi::api::apps::v1::{Deployment, StatefulSet};
use k8s_openapi::api::core::v1::Namespace;
use kube::Client;
use kube::api::{Api, DeleteParams, DynamicObject, ListParams, Patch, PatchParams};

use super::access::{failure, is_absent};
use super::kinds::{KINDS, Kind};
use super::manifests::MANAGED_BY;
use crate::cluster::settings::PartName;
use crate::error::{ExitStatus, Failure, Result};

/// Who owns the fields that `ginflix` sets.
pub const MANAGER: &str = "ginflix";
/// The annotation of the namespace with the settings.
pub const SETTINGS: &str = "ginflix/settings";

/// To whom the namespace of a cluster belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    /// There is none.
    Absent,
    /// It is being deleted.
    Leaving,
    /// It is this cluster's, with its settings as JSON.
    Ours(Option<String>),
    /// It is of somebody else.
    Foreign,
}

/// Looks at the namespace.
///
/// # Errors
/// Where the API does not answer, or says no.
pub async fn owner(client: &Client, cluster: &str) -> Result<Owner> {
    match Api::<Namespace>::all(client.clone()).get(cluster).await {
        Ok(namespace) => Ok(owner_of(&namespace)),
        Err(error) if is_absent(&error) => Ok(Owner::Absent),
        Err(error) => Err(failure(&format!("look for the namespace `{cluster}`"), &error)),
    }
}

fn owner_of(namespace: &Namespace) -> Owner {
    let labels = namespace.metadata.labels.as_ref();
    if labels.and_then(|labels| labels.get(MANAGED_BY.0)).map(String::as_str) != Some(MANAGED_BY.1)
    {
        return Owner::Foreign;
    }
    if namespace.metadata.deletion_timestamp.is_some() {
        return Owner::Leaving;
    }
    let annotations = namespace.metadata.annotations.as_ref();
    Owner::Ours(annotations.and_then(|annotations| annotations.get(SETTINGS)).cloned())
}

/// A namespace of somebody else is left alone.
pub fn foreign(cluster: &str) -> Failure {
    Failure::new(
        ExitStatus::Conflict,
        format!("the namespace `{cluster}` exists, and it is not of GinFlix"),
    )
    .hint(if cluster == "default" || cluster.starts_with("kube-") {
        "choose another name with --cluster".to_owned()
    } else {
        format!(
            "choose another name with --cluster; or give it to GinFlix, with all that is in \
                 it: kubectl label namespace {cluster} {}={}",
            MANAGED_BY.0, MANAGED_BY.1
        )
    })
}

/// Applies one object.
///
/// # Errors
/// What the API refuses, in its own words.
pub async fn apply(client: &Client, object: &DynamicObject) -> Result<()> {
    let (api, name) = api_of(client, object)?;
    let params = PatchParams::apply(MANAGER).force();
    api.patch(name, &params, &Patch::Apply(object))
        .await
        .map(drop)
        .map_err(|error| failure(&format!("apply {}", describe(object)), &error))
}

/// Deletes what carries our label, is of a kind without data, and is not among
/// the objects. Names what was deleted.
///
/// # Errors
/// Where the API does not answer, or says no.
pub async fn prune(
    client: &Client,
    cluster: &str,
    objects: &[DynamicObject],
) -> Result<Vec<String>> {
    let wanted: BTreeSet<(usize, &str)> = objects
        .iter()
        .filter_map(|object| Some((Kind::of(object)?.rank(), object.metadata.name.as_deref()?)))
        .collect();
    let ours = ListParams::default().labels(&format!("{}={}", MANAGED_BY.0, MANAGED_BY.1));
    let mut pruned = Vec::new();
    for kind in KINDS.iter().rev().filter(|kind| kind.prunable) {
        let api: Api<DynamicObject> =
            Api::namespaced_with(client.clone(), cluster, &kind.resource());
        let found = match api.list_metadata(&ours).await {
            Ok(found) => found,
            // Whoever may not see a kind has not applied any of it either.
            Err(kube::Error::Api(status)) if matches!(status.code, 403 | 404) => continue,
            Err(error) => return Err(failure(&format!("list {}", kind.plural()), &error)),
        };
        for name in found.items.iter().filter_map(|found| {
            // What a controller made is its to take away.
            let made = found.metadata.owner_references.as_ref().is_some_and(|o| !o.is_empty());
            found.metadata.name.as_deref().filter(|_| !made)
        }) {
            if wanted.contains(&(kind.rank(), name)) {
                continue;
            }
            let what = format!("{} {name}", kind.name());
            match api.delete(name, &DeleteParams::background()).await {
                Ok(_) => pruned.push(what),
                Err(error) if is_absent(&error) => {}
                Err(error) => return Err(failure(&format!("delete {what}"), &error)),
            }
        }
    }
    Ok(pruned)
}

/// `StatefulSet streamer`.
pub fn describe(object: &DynamicObject) -> String {
    let kind = object.types.as_ref().map_or("object", |types| types.kind.as_str());
    format!("{kind} {}", object.metadata.name.as_deref().unwrap_or("without a name"))
}

/// Where an object is served, and its name.
pub fn api_of<'a>(
    client: &Client,
    object: &'a DynamicObject,
) -> Result<(Api<DynamicObject>, &'a str)> {
    let unsound = || Failure::failed(format!("{} cannot be applied", describe(object)));
    let kind = Kind::of(object).ok_or_else(unsound)?;
    let name = object.metadata.name.as_deref().ok_or_else(unsound)?;
    let api = match (&object.metadata.namespace, kind.is_namespaced()) {
        (Some(namespace), true) => {
            Api::namespaced_with(client.clone(), namespace, &kind.resource())
        }
        (None, true) => return Err(unsound()),
        (_, false) => Api::all_with(client.clone(), &kind.resource()),
    };
    Ok((api, name))
}

/// Gives the parts that know the catalogue new pods, in turn: what a Secret says
/// is read at the start.
///
/// # Errors
/// Where the API does not answer, or says no.
pub async fn restart(client: &Client, cluster: &str) -> Result<()> {
    let (web, streamer) = (PartName::Web.as_str(), PartName::Streamer.as_str());
    let deployments = Api::<Deployment>::namespaced(client.clone(), cluster);
    let done = deployments.restart(web).await.map(drop);
    done.map_err(|e| failure(&format!("restart the {web}"), &e))?;
    let sets = Api::<StatefulSet>::namespaced(client.clone(), cluster);
    let done = sets.restart(streamer).await.map(drop);
    done.map_err(|e| failure(&format!("restart the {streamer}"), &e))
}

#[cfg(test)]
mod tests;
