//! Settings that only clusters on Kubernetes have.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use super::options::ClusterAccess;
use crate::format::InvalidValue;

/// The name of a component of a cluster, which is also the name of its workload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ComponentName {
    /// PostgreSQL.
    Database,
    /// Servers with a volume, which stream from it.
    Streamer,
    /// Servers of the catalogue, the API and the pages.
    Web,
    /// The proxy with the address of the cluster.
    Gateway,
}

impl ComponentName {
    /// All components, each after those that it depends on.
    pub const ALL: [Self; 4] = [Self::Database, Self::Streamer, Self::Web, Self::Gateway];

    /// Returns the name as text.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::Streamer => "streamer",
            Self::Web => "web",
            Self::Gateway => "gateway",
        }
    }
}

impl fmt::Display for ComponentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A number of replicas of a component, as in `streamer=3`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplicaCount {
    /// The component.
    pub component: ComponentName,
    /// The number of its pods.
    pub count: u32,
}

impl FromStr for ReplicaCount {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        const INVALID: InvalidValue =
            InvalidValue("it must be web=N, streamer=N or gateway=N, N from 1 to 100");
        let (component, count) = text.split_once('=').ok_or(INVALID)?;
        let component = ComponentName::from_str(component, false).map_err(|_| INVALID)?;
        match count.parse() {
            Ok(1) if component == ComponentName::Database => Ok(Self { component, count: 1 }),
            _ if component == ComponentName::Database => Err(InvalidValue(
                "a cluster has one pod for its database; for more, use a database of your own: \
                 ginflix cluster up --database-url URL",
            )),
            Ok(count @ 1..=100) => Ok(Self { component, count }),
            _ => Err(INVALID),
        }
    }
}

/// The type of the gateway's Kubernetes Service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServiceType {
    /// By an address of the cluster's load balancer.
    LoadBalancer,
    /// By a port of every node.
    NodePort,
    /// Not from outside: `ginflix` opens a port-forward for each command.
    ClusterIp,
}

/// Settings that differ from the manifests; an absent one has its value there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct KubernetesSettings {
    /// Image of ginflix-server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server_image: Option<String>,
    /// Image of PostgreSQL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database_image: Option<String>,
    /// Image of Caddy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gateway_image: Option<String>,
    /// Number of pods of each component.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub replicas: BTreeMap<ComponentName, u32>,
    /// Storage class of new volumes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage_class: Option<String>,
    /// Size of new streamers' volumes, as a Kubernetes quantity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage_size: Option<String>,
    /// How the gateway is reached from outside.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<ServiceType>,
    /// Host name for HTTPS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// The clients that may watch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access: Option<ClusterAccess>,
    /// The port of an external database. The whole URL is in the Secret, because it may hold a
    /// password.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_database_port: Option<u16>,
}

/// The value of `--host` that removes the host name.
const NO_HOST: &str = "none";

impl KubernetesSettings {
    /// Returns these settings, overridden by the ones that are present in `newer`.
    pub fn merge(mut self, newer: &Self) -> Self {
        fn replace<T: Clone>(old: &mut Option<T>, newer: &Option<T>) {
            if newer.is_some() {
                old.clone_from(newer);
            }
        }
        replace(&mut self.server_image, &newer.server_image);
        replace(&mut self.database_image, &newer.database_image);
        replace(&mut self.gateway_image, &newer.gateway_image);
        replace(&mut self.storage_class, &newer.storage_class);
        replace(&mut self.storage_size, &newer.storage_size);
        replace(&mut self.service, &newer.service);
        replace(&mut self.access, &newer.access);
        replace(&mut self.external_database_port, &newer.external_database_port);
        match newer.host.as_deref() {
            Some(NO_HOST) => self.host = None,
            _ => replace(&mut self.host, &newer.host),
        }
        self.replicas.extend(&newer.replicas);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replica_counts_are_parsed() {
        let read = |text: &str| text.parse::<ReplicaCount>();
        assert_eq!(
            read("streamer=3"),
            Ok(ReplicaCount { component: ComponentName::Streamer, count: 3 })
        );
        for bad in ["", "web", "web=", "web=0", "web=101", "web=-1", "films=2", "database=2"] {
            assert!(read(bad).is_err(), "{bad}");
        }
        assert!(read("database=3").unwrap_err().0.contains("--database-url"));
    }

    #[test]
    fn absent_settings_keep_their_former_value() {
        let before = KubernetesSettings {
            server_image: Some("a:1".into()),
            host: Some("films.example".into()),
            replicas: [(ComponentName::Web, 3)].into(),
            ..KubernetesSettings::default()
        };
        let newer = KubernetesSettings {
            server_image: Some("a:2".into()),
            replicas: [(ComponentName::Streamer, 4)].into(),
            ..KubernetesSettings::default()
        };
        let after = before.clone().merge(&newer);
        assert_eq!(after.server_image.as_deref(), Some("a:2"));
        assert_eq!(after.host, before.host);
        assert_eq!(after.replicas, [(ComponentName::Web, 3), (ComponentName::Streamer, 4)].into());

        let no_host =
            KubernetesSettings { host: Some("none".into()), ..KubernetesSettings::default() };
        assert_eq!(after.merge(&no_host).host, None);
    }

    #[test]
    fn absent_settings_are_not_serialized() {
        assert_eq!(serde_json::to_string(&KubernetesSettings::default()).unwrap(), "{}");
        let settings = KubernetesSettings {
            service: Some(ServiceType::NodePort),
            ..KubernetesSettings::default()
        };
        let text = serde_json::to_string(&settings).unwrap();
        assert_eq!(serde_json::from_str::<KubernetesSettings>(&text).unwrap(), settings);
    }
}
