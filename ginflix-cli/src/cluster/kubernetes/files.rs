//! The files in `k8s/`, as they were when this program was built.

use rust_embed::RustEmbed;
use serde::Deserialize;

use crate::error::{Failure, Result};

#[derive(RustEmbed)]
#[folder = "../k8s"]
struct Files;

/// What is read of a `kustomization.yaml`.
#[derive(Deserialize)]
struct Kustomization {
    resources: Vec<String>,
}

/// The files of the base, in the order that its kustomization names.
///
/// # Errors
/// Where one is missing, which is a fault of this program.
pub fn base() -> Result<Vec<String>> {
    let list: Kustomization =
        serde_saphyr::from_str(&read("base/kustomization.yaml")?).map_err(|e| {
            Failure::failed(format!("the kustomization of this program is broken: {e}"))
        })?;
    list.resources.iter().map(|name| read(&format!("base/{name}"))).collect()
}

/// What HTTPS needs beside the base.
///
/// # Errors
/// Where it is missing, which is a fault of this program.
pub fn https() -> Result<Vec<String>> {
    let policies = read("overlays/production/network-policies.yaml")?;
    // The others are for whoever reads metrics from outside.
    let ours = policies.split("\n---").find(|text| text.contains("name: gateway-https"));
    let ours = ours.ok_or_else(|| Failure::failed("this program lacks its policy for HTTPS"))?;
    Ok(vec![read("overlays/production/certificates.yaml")?, ours.to_owned()])
}

fn read(path: &str) -> Result<String> {
    let file = Files::get(path)
        .ok_or_else(|| Failure::failed(format!("this program lacks its k8s/{path}")))?;
    String::from_utf8(file.data.into_owned())
        .map_err(|_| Failure::failed(format!("k8s/{path} of this program is broken")))
}
