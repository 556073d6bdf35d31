//! Applies the settings of containers: their images, and the server's access setting.

use kube::api::DynamicObject;

use super::pods::{pod_spec_mut, set_env};
use crate::cluster::settings::KubernetesSettings;

/// Repository of the server's image in the manifests.
const SERVER: &str = "ginflix/server";
/// Repository of the database's image in the manifests.
const DATABASE: &str = "postgres";
/// Repository of the gateway's image in the manifests.
const GATEWAY: &str = "caddy";

/// Returns whether an image is the server's, which this program can build.
pub fn is_server(image: &str) -> bool {
    repository(image) == SERVER
}

/// Replaces the images that the settings override, and sets the server's variable for access.
pub fn adapt_pods(object: &mut DynamicObject, settings: &KubernetesSettings) {
    let Some(spec) = pod_spec_mut(object) else { return };
    for list in ["initContainers", "containers"] {
        for container in spec[list].as_array_mut().into_iter().flatten() {
            let Some(image) = container["image"].as_str() else { continue };
            let (override_image, is_server) = match repository(image) {
                SERVER => (&settings.server_image, true),
                DATABASE => (&settings.database_image, false),
                GATEWAY => (&settings.gateway_image, false),
                _ => (&None, false),
            };
            if let Some(image) = override_image {
                container["image"] = image.as_str().into();
            }
            if let (true, Some(access)) = (is_server, settings.access) {
                set_env(container, "GINFLIX_ACCESS", access.as_str());
            }
        }
    }
}

/// Returns an image's name without tag and digest. It does not handle a registry with a port, which
/// no image in the manifests has.
fn repository(image: &str) -> &str {
    image.split(['@', ':']).next().unwrap_or(image)
}
