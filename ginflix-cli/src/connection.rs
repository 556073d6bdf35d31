//! Which server a command talks to, and as whom.
//!
//! Server: `--server` > `GINFLIX_SERVER` > the cluster of this machine.
//! Token: `GINFLIX_TOKEN` > the log-in to that server > the cluster's own token.

use std::collections::BTreeMap;
use std::fs;
use std::io;

use ginflix_api::account::LoggedIn;
use ginflix_api::client::Client;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::cluster;
use crate::cluster::provider::{Endpoint, Provider, Target};
use crate::cluster::state::{ClusterRecord, Home, io_failure};
use crate::error::{Failure, Result};
use crate::global::Global;

/// A client for the server that the user means.
///
/// # Errors
/// Where there is no such cluster, or it does not run.
pub async fn connect(global: &Global) -> Result<Client> {
    let (url, cluster_token) = address(global).await?;
    client(global, &url, cluster_token)
}

/// A client for a cluster whose state is loaded already.
///
/// # Errors
/// Where it does not run.
pub async fn connect_to(
    provider: &dyn Provider,
    cluster: &ClusterRecord,
    global: &Global,
) -> Result<Client> {
    let (url, cluster_token) = address_of(provider, cluster).await?;
    client(global, &url, cluster_token)
}

/// Where the server is, without a log-in; and the cluster's own token, which
/// goes to that cluster alone.
///
/// # Errors
/// Where there is no such cluster, or it does not run.
pub async fn address(global: &Global) -> Result<(Url, Option<String>)> {
    if let Some(server) = &global.server {
        return Ok((server.clone(), None));
    }
    let (provider, cluster) = cluster::load(global)?;
    address_of(&*provider, &cluster).await
}

async fn address_of(
    provider: &dyn Provider,
    cluster: &ClusterRecord,
) -> Result<(Url, Option<String>)> {
    let Endpoint { url, token } = provider.endpoint(cluster, Target::Cluster).await?;
    Ok((url, Some(token).filter(|token| !token.is_empty())))
}

fn client(global: &Global, server: &Url, cluster_token: Option<String>) -> Result<Client> {
    let token = match environment_token() {
        Some(token) => Some(token),
        None => Logins::load(global)?.token(server, Timestamp::now()).or(cluster_token),
    };
    Ok(Client::new(server.clone(), token.as_deref())?)
}

fn environment_token() -> Option<String> {
    std::env::var("GINFLIX_TOKEN").ok().filter(|token| !token.is_empty())
}

/// The log-ins to servers that are remembered.
pub struct Logins {
    home: Home,
    by_server: BTreeMap<String, StoredLogin>,
}

#[derive(Clone, Serialize, Deserialize)]
struct StoredLogin {
    name: String,
    token: String,
    expires_at: Option<Timestamp>,
}

impl Logins {
    /// Reads them.
    ///
    /// # Errors
    /// Where the file cannot be read or is damaged.
    pub fn load(global: &Global) -> Result<Self> {
        let home = Home::find(global)?;
        let path = home.logins();
        let by_server = match fs::read_to_string(&path) {
            Ok(text) => serde_json::from_str(&text).map_err(|error| {
                Failure::failed(format!("{} is damaged: {error}", path.display()))
                    .hint("delete it and log in again")
            })?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => return Err(io_failure("read", &path, &error)),
        };
        Ok(Self { home, by_server })
    }

    /// The token for a server, unless its time is over.
    pub fn token(&self, server: &Url, now: Timestamp) -> Option<String> {
        let login = self.by_server.get(&key(server))?;
        let over = login.expires_at.is_some_and(|end| end <= now);
        (!over).then(|| login.token.clone())
    }

    /// Remembers a log-in.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn remember(&mut self, server: &Url, login: &LoggedIn) -> Result<()> {
        let stored = StoredLogin {
            name: login.session.name.clone(),
            token: login.token.clone(),
            expires_at: login.session.expires_at,
        };
        self.by_server.insert(key(server), stored);
        self.save()
    }

    /// Forgets the log-in to a server; `false` if there was none.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn forget(&mut self, server: &Url) -> Result<bool> {
        let was_there = self.by_server.remove(&key(server)).is_some();
        if was_there {
            self.save()?;
        }
        Ok(was_there)
    }

    fn save(&self) -> Result<()> {
        self.home.write_private(&self.home.logins(), &self.by_server)
    }
}

fn key(server: &Url) -> String {
    server.origin().ascii_serialization()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_in_is_for_its_server_and_its_time() {
        let login = StoredLogin {
            name: "admin".into(),
            token: "t".into(),
            expires_at: Some("2026-01-02T00:00:00Z".parse().unwrap()),
        };
        let root = tempfile::tempdir().unwrap();
        let logins = Logins {
            home: Home::at(root.path()),
            by_server: BTreeMap::from([("http://a:1".to_owned(), login)]),
        };
        let token =
            |server: &str, now: &str| logins.token(&server.parse().unwrap(), now.parse().unwrap());
        assert_eq!(token("http://a:1/path", "2026-01-01T00:00:00Z").as_deref(), Some("t"));
        assert_eq!(token("http://a:1", "2026-01-02T00:00:00Z"), None);
        assert_eq!(token("http://a:2", "2026-01-01T00:00:00Z"), None);
        assert_eq!(token("https://a:1", "2026-01-01T00:00:00Z"), None);
    }
}
