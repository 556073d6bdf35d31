//! The format of `cluster.json`: what this machine remembers of a cluster.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

use super::DEFAULT_PORT;
use crate::cluster::options::{ClusterAccess, ProviderName};
use crate::cluster::process::ProcessId;

/// `cluster.json`.
#[derive(Clone, Serialize, Deserialize)]
pub struct State {
    /// Where it runs.
    pub provider: ProviderName,
    /// When it was first brought up.
    pub created_at: Timestamp,
    /// The address that was asked for.
    pub listen: IpAddr,
    /// The port that was asked for; 0 for any.
    pub port: u16,
    /// The database that was asked for; may hold a password.
    pub database_url: Option<String>,
    /// The clients that may watch.
    #[serde(default)]
    pub access: ClusterAccess,
    /// Where it is reached, while it runs.
    pub url: Option<Url>,
    /// What runs; absent when it was stopped.
    pub process: Option<ProcessId>,
    /// Which Kubernetes cluster, where it is on one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kubernetes: Option<KubernetesState>,
}

impl State {
    /// The state of a cluster that never ran.
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

/// What is remembered of a cluster on Kubernetes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KubernetesState {
    /// The context that the user agreed to change.
    pub context: Context,
    /// The kind cluster, where it was made for this one.
    #[serde(default)]
    pub kind: Option<KindCluster>,
}

impl KubernetesState {
    /// The state of a cluster in a Kubernetes cluster that was there already.
    pub fn existing(context: Context) -> Self {
        Self { context, kind: None }
    }
}

/// A context, as it is remembered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Context {
    /// Its name.
    pub name: String,
    /// The file it is in; absent for where `kubectl` looks.
    pub kubeconfig: Option<PathBuf>,
    /// Where its API is: a context of that name may be another cluster tomorrow.
    pub server: String,
}

/// The kind cluster that was made for a cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KindCluster {
    /// Its making has begun, and has not ended.
    pub is_half_made: bool,
    /// Where this machine reaches the gateway.
    pub listen: IpAddr,
    /// At which port.
    pub port: u16,
    /// Docker's ids of the images that its nodes got.
    #[serde(default)]
    pub loaded: BTreeMap<String, String>,
}

impl KindCluster {
    /// Where this machine reaches the gateway.
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
    fn this_machine_reaches_what_listens_everywhere() {
        let made = |listen: &str| KindCluster {
            is_half_made: false,
            listen: listen.parse().unwrap(),
            port: 80,
            loaded: Default::default(),
        };
        assert_eq!(made("0.0.0.0").url(), "http://127.0.0.1:80/");
        assert_eq!(made("10.0.0.1").url(), "http://10.0.0.1:80/");
    }

    /// As version 0.1.0 wrote it, while kind worked.
    #[test]
    fn a_state_of_a_released_version_is_read() {
        let text = r#"{
            "provider": "kind", "created_at": "2026-01-01T00:00:00Z",
            "listen": "127.0.0.1", "port": 4463, "database_url": null, "access": "public",
            "url": null, "process": null,
            "kubernetes": {
                "context": { "name": "kind-films", "kubeconfig": "/k", "server": "" },
                "kind": { "is_half_made": true, "listen": "127.0.0.1", "port": 4463, "loaded": {} }
            }
        }"#;
        let state: State = serde_json::from_str(text).unwrap();
        let value: serde_json::Value = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_value(&state).unwrap(), value);
        assert!(state.kubernetes.unwrap().kind.unwrap().is_half_made);
    }
}
