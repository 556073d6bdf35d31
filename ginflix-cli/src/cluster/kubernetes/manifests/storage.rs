//! Applies the settings of volumes: their storage class and size.

use kube::api::DynamicObject;
use serde_json::Value;

use super::super::resource_kinds::ResourceKind;
use crate::cluster::settings::{ComponentName, KubernetesSettings};

/// Sets storage class and size of the volume claims in an object. The size is for streamers only.
pub fn adapt_storage(
    object: &mut DynamicObject,
    kind: ResourceKind,
    component: Option<ComponentName>,
    settings: &KubernetesSettings,
) {
    let class = settings.storage_class.as_ref();
    if kind.name() == "PersistentVolumeClaim" {
        adapt_claim(&mut object.data["spec"], class, None);
    }
    if kind.name() == "StatefulSet" {
        let size =
            settings.storage_size.as_ref().filter(|_| component == Some(ComponentName::Streamer));
        let claims = object.data["spec"]["volumeClaimTemplates"].as_array_mut();
        for claim in claims.into_iter().flatten() {
            adapt_claim(&mut claim["spec"], class, size);
        }
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
