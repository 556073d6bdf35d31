//! What a cluster on Kubernetes may be told to be like.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use super::options::ClusterAccess;
use crate::format::InvalidValue;

/// A part of a cluster, as its workload is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartName {
    /// PostgreSQL.
    Database,
    /// Who owns a volume and streams it.
    Streamer,
    /// Catalogue, API and pages.
    Web,
    /// The one address of all.
    Gateway,
}

impl PartName {
    /// All, in the order in which each needs those before it.
    pub const ALL: [Self; 4] = [Self::Database, Self::Streamer, Self::Web, Self::Gateway];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::Streamer => "streamer",
            Self::Web => "web",
            Self::Gateway => "gateway",
        }
    }
}

impl fmt::Display for PartName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// `streamer=3`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Replicas {
    /// The part.
    pub part: PartName,
    /// How many of it.
    pub count: u32,
}

impl FromStr for Replicas {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        const WRONG: InvalidValue =
            InvalidValue("it must be web=N, streamer=N or gateway=N, N from 1 to 100");
        let (part, count) = text.split_once('=').ok_or(WRONG)?;
        let part = PartName::from_str(part, false).map_err(|_| WRONG)?;
        match count.parse() {
            Ok(1) if part == PartName::Database => Ok(Self { part, count: 1 }),
            _ if part == PartName::Database => Err(InvalidValue(
                "there is one database; for more, bring your own: cluster up --database-url",
            )),
            Ok(count @ 1..=100) => Ok(Self { part, count }),
            _ => Err(WRONG),
        }
    }
}

/// How the gateway is reached from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Service {
    /// By an address that the cluster's load balancer gives.
    LoadBalancer,
    /// By a port of every node.
    NodePort,
    /// Not at all: `ginflix` opens a port-forward for each command.
    ClusterIp,
}

/// What differs from the manifests; what is absent is as they say.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Image of ginflix-server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server_image: Option<String>,
    /// Image of PostgreSQL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database_image: Option<String>,
    /// Image of Caddy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gateway_image: Option<String>,
    /// How many of each part.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub replicas: BTreeMap<PartName, u32>,
    /// Storage class of new volumes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage_class: Option<String>,
    /// Size of new streamers' volumes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage_size: Option<String>,
    /// How the gateway is reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<Service>,
    /// Host name for HTTPS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Who may watch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access: Option<ClusterAccess>,
    /// The port of a database elsewhere; its address is in the Secret alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_database_port: Option<u16>,
}

/// What stands for "none any more" on the command line.
const NONE: &str = "none";

impl Settings {
    /// These, where the newer ones say nothing else.
    pub fn changed_by(mut self, newer: &Self) -> Self {
        fn take<T: Clone>(old: &mut Option<T>, newer: &Option<T>) {
            if newer.is_some() {
                old.clone_from(newer);
            }
        }
        take(&mut self.server_image, &newer.server_image);
        take(&mut self.database_image, &newer.database_image);
        take(&mut self.gateway_image, &newer.gateway_image);
        take(&mut self.storage_class, &newer.storage_class);
        take(&mut self.storage_size, &newer.storage_size);
        take(&mut self.service, &newer.service);
        take(&mut self.access, &newer.access);
        take(&mut self.external_database_port, &newer.external_database_port);
        match newer.host.as_deref() {
            Some(NONE) => self.host = None,
            _ => take(&mut self.host, &newer.host),
        }
        self.replicas.extend(&newer.replicas);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replicas_are_read() {
        let read = |text: &str| text.parse::<Replicas>();
        assert_eq!(read("streamer=3"), Ok(Replicas { part: PartName::Streamer, count: 3 }));
        for bad in ["", "web", "web=", "web=0", "web=101", "web=-1", "films=2", "database=2"] {
            assert!(read(bad).is_err(), "{bad}");
        }
        assert!(read("database=3").unwrap_err().0.contains("--database-url"));
    }

    #[test]
    fn what_is_not_said_stays() {
        let before = Settings {
            server_image: Some("a:1".into()),
            host: Some("films.example".into()),
            replicas: [(PartName::Web, 3)].into(),
            ..Settings::default()
        };
        let newer = Settings {
            server_image: Some("a:2".into()),
            replicas: [(PartName::Streamer, 4)].into(),
            ..Settings::default()
        };
        let after = before.clone().changed_by(&newer);
        assert_eq!(after.server_image.as_deref(), Some("a:2"));
        assert_eq!(after.host, before.host);
        assert_eq!(after.replicas, [(PartName::Web, 3), (PartName::Streamer, 4)].into());

        let without = Settings { host: Some("none".into()), ..Settings::default() };
        assert_eq!(after.changed_by(&without).host, None);
    }

    #[test]
    fn settings_are_kept_in_few_words() {
        assert_eq!(serde_json::to_string(&Settings::default()).unwrap(), "{}");
        let some = Settings { service: Some(Service::NodePort), ..Settings::default() };
        let text = serde_json::to_string(&some).unwrap();
        assert_eq!(serde_json::from_str::<Settings>(&text).unwrap(), some);
    }
}
