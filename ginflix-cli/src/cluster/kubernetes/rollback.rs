//! Back to what ran before: the workloads as they were, not as other
//! manifests would make them.

use k8s_openapi::api::core::v1::Pod;
use kube::Client;
use kube::api::{Api, DeleteParams, DynamicObject, ListParams, PostParams};

use super::access::{failure, is_absent};
use super::apply::{MANAGER, api_of, describe};
use super::kinds::Kind;
use super::manifests::APP;
use super::objects::is_ready;
use crate::cluster::settings::PartName;
use crate::error::Result;

/// Kinds that decide what runs.
const KEPT: [&str; 4] = ["Namespace", "ConfigMap", "StatefulSet", "Deployment"];

/// What ran before.
pub struct Before(Vec<DynamicObject>);

impl Before {
    /// Remembers what is there of the objects that are about to be applied.
    ///
    /// # Errors
    /// Where the API does not answer, or says no.
    pub async fn remember(client: &Client, objects: &[DynamicObject]) -> Result<Self> {
        let mut before = Vec::new();
        for object in objects {
            if !Kind::of(object).is_some_and(|kind| KEPT.contains(&kind.name())) {
                continue;
            }
            let (api, name) = api_of(client, object)?;
            match api.get(name).await {
                Ok(found) => before.push(found),
                Err(error) if is_absent(&error) => {}
                Err(error) => {
                    return Err(failure(&format!("read {}", describe(object)), &error));
                }
            }
        }
        Ok(Self(before))
    }

    /// Of whoever does not want to go back.
    pub fn nothing() -> Self {
        Self(Vec::new())
    }

    /// Whether anything ran.
    pub fn is_empty(&self) -> bool {
        !self.0.iter().any(|object| {
            Kind::of(object).is_some_and(|kind| kind.name() == "Deployment")
                && object.data["spec"]["replicas"].as_u64() != Some(0)
        })
    }

    /// Puts it back.
    ///
    /// # Errors
    /// Where the API does not answer, or says no.
    pub async fn restore(&self, client: &Client, cluster: &str) -> Result<()> {
        for object in &self.0 {
            let mut object = object.clone();
            object.metadata.resource_version = None;
            object.metadata.managed_fields = None;
            let (api, name) = api_of(client, &object)?;
            let params =
                PostParams { field_manager: Some(MANAGER.to_owned()), ..PostParams::default() };
            api.replace(name, &params, &object)
                .await
                .map_err(|e| failure(&format!("put back {}", describe(&object)), &e))?;
        }
        // A stateful set waits for a pod that never gets ready instead of
        // replacing it (kubernetes.io: "forced rollback").
        let pods: Api<Pod> = Api::namespaced(client.clone(), cluster);
        for part in [PartName::Database, PartName::Streamer] {
            let of_part = ListParams::default().labels(&format!("{APP}={part}"));
            let found = pods.list(&of_part).await.map_err(|e| failure("list pods", &e))?;
            for name in found
                .items
                .iter()
                .filter(|pod| !is_ready(pod))
                .filter_map(|pod| pod.metadata.name.as_deref())
            {
                match pods.delete(name, &DeleteParams::default()).await {
                    Err(error) if !is_absent(&error) => {
                        return Err(failure(&format!("replace the pod {name}"), &error));
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }
}
