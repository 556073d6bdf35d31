//! The format of `cluster.json`. Older versions wrote such files, so a field that is renamed here
//! keeps its old name in the file.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

use super::DEFAULT_PORT;
use crate::cluster::options::{ClusterAccess, ProviderName};
use crate::cluster::process::ProcessId;

/// The stored state of a cluster.
#[derive(Clone, Serialize, Deserialize)]
pub struct StoredState {
    /// The provider on which it runs.
    pub provider: ProviderName,
    /// When it was first brought up.
    pub created_at: Timestamp,
    /// The requested address.
    pub listen: IpAddr,
    /// The requested port; 0 for any free one.
    pub port: u16,
    /// The URL of an external database; may hold a password.
    pub database_url: Option<String>,
    /// The clients that may watch.
    #[serde(default)]
    pub access: ClusterAccess,
    /// Its address while it runs.
    pub url: Option<Url>,
    /// The server process of a local cluster; absent once it was stopped.
    pub process: Option<ProcessId>,
    /// The Kubernetes cluster that it runs on, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kubernetes: Option<KubernetesState>,
}

impl StoredState {
    /// Returns the state of a cluster that never ran.
    pub fn new(provider: ProviderName) -> Self {
        Self {
            provider,
            created_at: Timestamp::now(),
            listen: Ipv4Addr::LOCALHOST.into(),
            port: DEFAULT_PORT,
            database_url: None,
            access: ClusterAccess::default(),
            url: None,
            process: None,
            kubernetes: None,
        }
    }
}

/// The stored state that only clusters on Kubernetes have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KubernetesState {
    /// The context that the user agreed to change.
    pub context: KubeContext,
    /// The kind cluster that was created for this cluster, if any.
    #[serde(default)]
    pub kind: Option<KindCluster>,
}

impl KubernetesState {
    /// Returns the state of a cluster in a Kubernetes cluster that existed before.
    pub fn existing(context: KubeContext) -> Self {
        Self { context, kind: None }
    }
}

/// A stored Kubernetes context.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KubeContext {
    /// The name.
    pub name: String,
    /// The kubeconfig that defines it; absent for the one that `kubectl` reads.
    pub kubeconfig: Option<PathBuf>,
    /// The address of its API, which tells whether the name still refers to the same cluster.
    pub server: String,
}

/// A kind cluster that was created for a cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KindCluster {
    /// Whether its creation has begun and not yet succeeded.
    #[serde(rename = "is_half_made")]
    pub is_incomplete: bool,
    /// The address of this machine where the gateway listens.
    pub listen: IpAddr,
    /// The port of this machine where the gateway listens.
    pub port: u16,
    /// The images that were loaded onto its nodes, with their Docker ids.
    #[serde(default)]
    pub loaded: BTreeMap<String, String>,
}

impl KindCluster {
    /// Returns the URL of the gateway from this machine.
    pub fn url(&self) -> String {
        let ip = match self.listen {
            ip if !ip.is_unspecified() => ip,
            _ => Ipv4Addr::LOCALHOST.into(),
        };
        format!("http://{}/", SocketAddr::new(ip, self.port))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_of_an_unspecified_address_is_the_loopback() {
        let cluster = |listen: &str| KindCluster {
            is_incomplete: false,
            listen: listen.parse().unwrap(),
            port: 80,
            loaded: Default::default(),
        };
        assert_eq!(cluster("0.0.0.0").url(), "http://127.0.0.1:80/");
        assert_eq!(cluster("10.0.0.1").url(), "http://10.0.0.1:80/");
    }

    /// The text is what version 0.1.0 wrote while kind created the cluster.
    #[test]
    fn a_state_of_a_released_version_is_loaded() {
        let text = r#"{
            "provider": "kind", "created_at": "2026-01-01T00:00:00Z",
            "listen": "127.0.0.1", "port": 4463, "database_url": null, "access": "public",
            "url": null, "process": null,
            "kubernetes": {
                "context": { "name": "kind-films", "kubeconfig": "/k", "server": "" },
                "kind": { "is_half_made": true, "listen": "127.0.0.1", "port": 4463, "loaded": {} }
            }
        }"#;
        let state: StoredState = serde_json::from_str(text).unwrap();
        let value: serde_json::Value = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_value(&state).unwrap(), value);
        assert!(state.kubernetes.unwrap().kind.unwrap().is_incomplete);
    }
}
