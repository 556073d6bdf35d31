//! The list of a cluster's objects, for printing and applying.

use kube::api::DynamicObject;
use serde::Serialize;

use super::pods::{containers, pod_spec};
use crate::error::{Failure, Result};

/// The objects that `cluster up` applies, in that order.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub struct ManifestPlan(pub Vec<DynamicObject>);

impl ManifestPlan {
    /// Returns the objects as one YAML stream.
    ///
    /// # Errors
    /// An object cannot be written as YAML, which is a bug of this program.
    pub fn to_yaml(&self) -> Result<String> {
        let mut stream = String::new();
        for object in &self.0 {
            let document = serde_saphyr::to_string(object)
                .map_err(|e| Failure::failed(format!("cannot print the manifests: {e}")))?;
            stream.push_str("---\n");
            stream.push_str(&document);
        }
        Ok(stream)
    }

    /// Returns kind and name of each object.
    pub fn names(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|object| {
            let kind = object.types.as_ref().map_or("", |types| types.kind.as_str());
            (kind, object.metadata.name.as_deref().unwrap_or_default())
        })
    }

    /// Returns the images of the objects' pods, sorted and each once.
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
