//! The objects of a cluster as a list, to be shown or applied.

use kube::api::DynamicObject;
use serde::Serialize;

use super::pods::{containers, pod_spec};
use crate::error::{Failure, Result};

/// What `cluster up` applies, in that order.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub struct Plan(pub Vec<DynamicObject>);

impl Plan {
    /// The objects as one YAML stream.
    ///
    /// # Errors
    /// Never for what the manifests of this program say.
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
