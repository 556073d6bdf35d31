//! The images of containers: which are ours, and which others are named instead.

use kube::api::DynamicObject;

use super::pods::{pod_spec_mut, set_env};
use crate::cluster::options::ClusterAccess;
use crate::cluster::settings::Settings;

/// Repository of the server's image in the files.
const SERVER: &str = "ginflix/server";
/// Repository of the database's image in the files.
const DATABASE: &str = "postgres";
/// Repository of the gateway's image in the files.
const GATEWAY: &str = "caddy";

/// Whether an image is ours to make.
pub fn is_server(image: &str) -> bool {
    repository(image) == SERVER
}

/// Names the images that the settings name, and tells the server who may watch.
pub fn adapt_pods(object: &mut DynamicObject, settings: &Settings) {
    let Some(spec) = pod_spec_mut(object) else { return };
    for list in ["initContainers", "containers"] {
        for container in spec[list].as_array_mut().into_iter().flatten() {
            let Some(image) = container["image"].as_str() else { continue };
            let (wanted, is_server) = match repository(image) {
                SERVER => (&settings.server_image, true),
                DATABASE => (&settings.database_image, false),
                GATEWAY => (&settings.gateway_image, false),
                _ => (&None, false),
            };
            if let Some(wanted) = wanted {
                container["image"] = wanted.as_str().into();
            }
            if let (true, Some(access)) = (is_server, settings.access) {
                let access = match access {
                    ClusterAccess::Public => "public",
                    ClusterAccess::Private => "private",
                };
                set_env(container, "GINFLIX_ACCESS", access);
            }
        }
    }
}

/// `postgres` of `registry.example:5000/library/postgres:17.6` is not ours to
/// guess; the files name images without a registry.
fn repository(image: &str) -> &str {
    image.split(['@', ':']).next().unwrap_or(image)
}
