//! The server that a command talks to, and the token it authenticates with.
//!
//! The first of these that exists is used. For the server: the flag `--server`, the
//! environment variable `GINFLIX_SERVER`, the cluster of this machine. For the token:
//! the environment variable `GINFLIX_TOKEN`, the log-in to the server, the cluster's
//! own token.

use std::collections::BTreeMap;
use std::fs;
use std::io;

use ginflix_api::account::LoggedIn;
use ginflix_api::client::Client;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::cluster;
use crate::cluster::provider::{Endpoint, EndpointTarget, Provider};
use crate::cluster::state::{ClusterRecord, Home, io_failure};
use crate::error::{Failure, Result};
use crate::global::Global;

/// Creates a client of the server that the global flags select.
///
/// # Errors
/// Fails if the cluster does not exist or does not run.
pub async fn connect(global: &Global) -> Result<Client> {
    let (url, cluster_token) = server_address(global).await?;
    client(global, &url, cluster_token)
}

/// Creates a client of a cluster whose state is loaded already.
///
/// # Errors
/// Fails if the cluster does not run.
pub async fn connect_to(
    provider: &dyn Provider,
    cluster: &ClusterRecord,
    global: &Global,
) -> Result<Client> {
    let (url, cluster_token) = cluster_address(provider, cluster).await?;
    client(global, &url, cluster_token)
}

/// Returns the URL of the server and, if it is a cluster of this machine, the
/// cluster's own token. That token must not be sent to another server.
///
/// # Errors
/// Fails if the cluster does not exist or does not run.
pub async fn server_address(global: &Global) -> Result<(Url, Option<String>)> {
    if let Some(server) = &global.server {
        return Ok((server.clone(), None));
    }
    let (provider, cluster) = cluster::load(global)?;
    cluster_address(&*provider, &cluster).await
}

async fn cluster_address(
    provider: &dyn Provider,
    cluster: &ClusterRecord,
) -> Result<(Url, Option<String>)> {
    let Endpoint { url, token } = provider.endpoint(cluster, EndpointTarget::Cluster).await?;
    Ok((url, Some(token).filter(|token| !token.is_empty())))
}

fn client(global: &Global, server: &Url, cluster_token: Option<String>) -> Result<Client> {
    let token = match environment_token() {
        Some(token) => Some(token),
        None => LoginStore::load(global)?.token(server, Timestamp::now()).or(cluster_token),
    };
    Ok(Client::new(server.clone(), token.as_deref())?)
}

fn environment_token() -> Option<String> {
    std::env::var("GINFLIX_TOKEN").ok().filter(|token| !token.is_empty())
}

/// The stored log-ins, one for each server.
pub struct LoginStore {
    home: Home,
    by_server: BTreeMap<String, StoredLogin>,
}

/// A log-in as it is stored.
#[derive(Clone, Serialize, Deserialize)]
struct StoredLogin {
    name: String,
    token: String,
    expires_at: Option<Timestamp>,
}

impl LoginStore {
    /// Reads the log-ins from their file.
    ///
    /// # Errors
    /// Fails if the file cannot be read or is damaged.
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

    /// Returns the token of the log-in to a server, unless it has expired.
    pub fn token(&self, server: &Url, now: Timestamp) -> Option<String> {
        let login = self.by_server.get(&origin(server))?;
        let is_expired = login.expires_at.is_some_and(|end| end <= now);
        (!is_expired).then(|| login.token.clone())
    }

    /// Stores a log-in.
    ///
    /// # Errors
    /// Fails if the file cannot be written.
    pub fn insert(&mut self, server: &Url, login: &LoggedIn) -> Result<()> {
        let stored = StoredLogin {
            name: login.session.name.clone(),
            token: login.token.clone(),
            expires_at: login.session.expires_at,
        };
        self.by_server.insert(origin(server), stored);
        self.save()
    }

    /// Removes the log-in to a server, and returns whether there was one.
    ///
    /// # Errors
    /// Fails if the file cannot be written.
    pub fn remove(&mut self, server: &Url) -> Result<bool> {
        let was_logged_in = self.by_server.remove(&origin(server)).is_some();
        if was_logged_in {
            self.save()?;
        }
        Ok(was_logged_in)
    }

    fn save(&self) -> Result<()> {
        self.home.write_private(&self.home.logins(), &self.by_server)
    }
}

/// Returns the key of a server: its scheme, host and port.
fn origin(server: &Url) -> String {
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
        let logins = LoginStore {
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
