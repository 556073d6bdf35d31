//! Restores the workloads that ran before a rollout, exactly as they were.

use k8s_openapi::api::core::v1::Pod;
use kube::Client;
use kube::api::{Api, DeleteParams, DynamicObject, ListParams, PostParams};

use super::access::{failure, is_not_found};
use super::apply::{FIELD_MANAGER, api_of, describe};
use super::manifests::APP_LABEL;
use super::objects::is_ready;
use super::resource_kinds::ResourceKind;
use crate::cluster::settings::ComponentName;
use crate::error::Result;

/// The kinds of objects that are restored: those that decide what runs.
const RESTORED_KINDS: [&str; 4] = ["Namespace", "ConfigMap", "StatefulSet", "Deployment"];

/// The objects before a rollout.
pub struct RollbackSnapshot(Vec<DynamicObject>);

impl RollbackSnapshot {
    /// Reads the current versions of the objects that are about to be applied.
    ///
    /// # Errors
    /// The API does not respond, or refuses.
    pub async fn take(client: &Client, objects: &[DynamicObject]) -> Result<Self> {
        let mut snapshot = Vec::new();
        for object in objects {
            let kind = ResourceKind::of(object);
            if !kind.is_some_and(|kind| RESTORED_KINDS.contains(&kind.name())) {
                continue;
            }
            let (api, name) = api_of(client, object)?;
            match api.get(name).await {
                Ok(found) => snapshot.push(found),
                Err(error) if is_not_found(&error) => {}
                Err(error) => {
                    return Err(failure(&format!("read {}", describe(object)), &error));
                }
            }
        }
        Ok(Self(snapshot))
    }

    /// Returns a snapshot without objects, for a rollout without rollback.
    pub fn empty() -> Self {
        Self(Vec::new())
    }

    /// Returns whether no deployment was running.
    pub fn is_empty(&self) -> bool {
        !self.0.iter().any(|object| {
            ResourceKind::of(object).is_some_and(|kind| kind.name() == "Deployment")
                && object.data["spec"]["replicas"].as_u64() != Some(0)
        })
    }

    /// Replaces the objects with those of the snapshot, and the pods that do not become ready.
    ///
    /// # Errors
    /// The API does not respond, or refuses.
    pub async fn restore(&self, client: &Client, cluster: &str) -> Result<()> {
        for object in &self.0 {
            let mut object = object.clone();
            // The rollout has changed the object since, so the API would refuse the old version.
            object.metadata.resource_version = None;
            object.metadata.managed_fields = None;
            let (api, name) = api_of(client, &object)?;
            let params = PostParams {
                field_manager: Some(FIELD_MANAGER.to_owned()),
                ..PostParams::default()
            };
            api.replace(name, &params, &object)
                .await
                .map_err(|e| failure(&format!("restore {}", describe(&object)), &e))?;
        }
        delete_unready_pods(client, cluster).await
    }
}

/// Deletes the pods of stateful sets that are not ready. A stateful set does not replace a pod with
/// a broken template until the pod is ready, which never happens (Kubernetes documentation,
/// "Forced rollback").
async fn delete_unready_pods(client: &Client, cluster: &str) -> Result<()> {
    let pods: Api<Pod> = Api::namespaced(client.clone(), cluster);
    for component in [ComponentName::Database, ComponentName::Streamer] {
        let of_component = ListParams::default().labels(&format!("{APP_LABEL}={component}"));
        let list = pods.list(&of_component).await.map_err(|e| failure("list pods", &e))?;
        let unready = list.items.iter().filter(|pod| !is_ready(pod));
        for name in unready.filter_map(|pod| pod.metadata.name.as_deref()) {
            match pods.delete(name, &DeleteParams::default()).await {
                Err(error) if !is_not_found(&error) => {
                    return Err(failure(&format!("replace the pod {name}"), &error));
                }
                _ => {}
            }
        }
    }
    Ok(())
}
