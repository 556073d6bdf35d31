//! The manifests of `k8s/`, embedded when this program was built.

use rust_embed::RustEmbed;
use serde::Deserialize;

use crate::error::{Failure, Result};

#[derive(RustEmbed)]
#[folder = "../k8s"]
struct EmbeddedFiles;

/// The fields of a `kustomization.yaml` that are used.
#[derive(Deserialize)]
struct Kustomization {
    resources: Vec<String>,
}

/// Returns the files of the base, in the order of its kustomization.
///
/// # Errors
/// A file is missing, which is a bug of this program.
pub fn base() -> Result<Vec<String>> {
    let kustomization: Kustomization = serde_saphyr::from_str(&read("base/kustomization.yaml")?)
        .map_err(|e| {
            Failure::failed(format!("the kustomization of this program is broken: {e}"))
        })?;
    kustomization.resources.iter().map(|name| read(&format!("base/{name}"))).collect()
}

/// Returns the additional manifests of a cluster with HTTPS.
///
/// # Errors
/// A file is missing, which is a bug of this program.
pub fn https() -> Result<Vec<String>> {
    let policies = read("overlays/production/network-policies.yaml")?;
    // The other policies of that file are for a monitoring system in another namespace.
    let policy = policies.split("\n---").find(|text| text.contains("name: gateway-https"));
    let policy = policy.ok_or_else(|| {
        Failure::failed("this program lacks the manifest of its network policy for HTTPS")
    })?;
    Ok(vec![read("overlays/production/certificates.yaml")?, policy.to_owned()])
}

fn read(path: &str) -> Result<String> {
    let file = EmbeddedFiles::get(path)
        .ok_or_else(|| Failure::failed(format!("this program lacks its manifest k8s/{path}")))?;
    String::from_utf8(file.data.into_owned())
        .map_err(|_| Failure::failed(format!("the manifest k8s/{path} of this program is broken")))
}
