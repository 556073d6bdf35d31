//! The volumes: of which storage class and size.

use kube::api::DynamicObject;
use serde_json::Value;

use super::super::kinds::Kind;
use crate::cluster::settings::{PartName, Settings};

/// Names storage class and size of the volumes that an object makes.
pub fn adapt_storage(
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

fn adapt_claim(spec: &mut Value, class: Option<&String>, size: Option<&String>) {
    if let Some(class) = class {
        spec["storageClassName"] = class.as_str().into();
    }
    if let Some(size) = size {
        spec["resources"]["requests"]["storage"] = size.as_str().into();
    }
}
