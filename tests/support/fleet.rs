//! A cluster of plain processes: a web server, several streamers with a volume each, and a
//! PostgreSQL database.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::Duration;

use ginflix_api::media::MediaName;
use ginflix_api::paths;
use ginflix_api::replica::ListedMedia;
use reqwest::Method;
use tempfile::TempDir;

use crate::http::{header, sha256};
use crate::postgres;
use crate::server::Server;
use crate::wait;

/// How long all streamers may take to apply a change on a busy machine.
pub const CONVERGENCE_TIMEOUT: Duration = Duration::from_secs(60);

/// The key with which the streamers sign their requests to each other.
pub const PEER_KEY: &str = "the-peer-key-of-every-test-fleet-0123456789";

/// A running cluster.
pub struct Fleet {
    /// The web server, with catalogue, API and pages.
    pub web: Server,
    /// The streamers; number N is named `streamer-N`.
    pub streamers: Vec<Server>,
    /// The URL of the database.
    pub database: String,
    /// The folder of the peer key, which the streamers read at each start.
    _secrets: TempDir,
}

impl Fleet {
    /// Starts a cluster with this many streamers.
    pub async fn start(streamers: usize) -> Self {
        Self::start_with(streamers, |_| Vec::new()).await
    }

    /// Starts a cluster; `more_flags` returns further flags of the streamer with the given number.
    pub async fn start_with(streamers: usize, more_flags: impl Fn(usize) -> Vec<String>) -> Self {
        let database = postgres::shared().create_database(None).await;
        let secrets = TempDir::new().unwrap();
        let key = secrets.path().join("peer-key");
        fs::write(&key, PEER_KEY).unwrap();
        let web = Server::start_with(&["--role", "web", "--database-url", &database]);
        let addresses = free_addresses(streamers);
        let peers = addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
        let start = |(number, address): (usize, &SocketAddr)| {
            let (name, listen) = (format!("streamer-{number}"), address.to_string());
            let more_flags = more_flags(number);
            let mut flags = vec!["--role", "streamer", "--listen", &listen];
            flags.extend(["--database-url", &database, "--streamer-name", &name]);
            flags.extend(["--peers", &peers]);
            if !more_flags.iter().any(|flag| flag == "--peer-key-file") {
                flags.extend(["--peer-key-file", key.to_str().unwrap()]);
            }
            flags.extend(more_flags.iter().map(String::as_str));
            Server::start_with(&flags)
        };
        let streamers = addresses.iter().enumerate().map(start).collect();
        Self { web, streamers, database, _secrets: secrets }
    }

    /// Waits until every streamer has registered itself in the catalogue, as it does soon after its
    /// start.
    pub async fn wait_until_all_live(&self) {
        let count = self.streamers.len();
        wait::until_async(CONVERGENCE_TIMEOUT, "every streamer to be known", async || {
            let status = self.web.json(paths::STATUS).await;
            let streamers = status["streamers"].as_array()?;
            let live = streamers.iter().filter(|streamer| streamer["is_live"] == true);
            (live.count() == count).then_some(())
        })
        .await;
    }

    /// Uploads a media file to one streamer.
    pub async fn upload(&self, to: usize, name: &str, bytes: &[u8]) {
        let streamer = &self.streamers[to];
        let created = streamer.create_upload(name, bytes.len() as u64, "").send().await.unwrap();
        assert_eq!(created.status(), 201, "{}", created.text().await.unwrap());
        let location = header(&created, "location");
        let done = streamer.patch_upload(&location, 0, bytes.to_vec()).send().await.unwrap();
        assert_eq!(done.status(), 204, "{}", done.text().await.unwrap());
    }

    /// Returns the path of a media file on the volume of a streamer.
    pub fn media_path(&self, streamer: usize, name: &str) -> PathBuf {
        self.streamers[streamer].volume().join("media").join(name)
    }

    /// Waits until every streamer has exactly these bytes, and the catalogue has recorded that.
    pub async fn wait_until_replicated(&self, name: &str, bytes: &[u8]) {
        let all: Vec<usize> = (0..self.streamers.len()).collect();
        self.wait_until_stored_on(&all, name, bytes).await;
    }

    /// Waits until these streamers have exactly these bytes on their volumes, and the catalogue has
    /// recorded at least so many whole replicas.
    pub async fn wait_until_stored_on(&self, streamers: &[usize], name: &str, bytes: &[u8]) {
        let expected = sha256(bytes);
        let what = format!("{name} on streamers {streamers:?}");
        wait::until_async(CONVERGENCE_TIMEOUT, &what, async || {
            let has_file = |streamer: &usize| {
                sha256_of_file(&self.media_path(*streamer, name)).as_ref() == Some(&expected)
            };
            if !streamers.iter().all(has_file) {
                return None;
            }
            (self.whole_replicas(name).await >= streamers.len() as u64).then_some(())
        })
        .await;
    }

    /// Returns the entry of a media file in the catalogue.
    pub async fn listed_media(&self, name: &str) -> Option<ListedMedia> {
        let path = paths::media(&name.parse::<MediaName>().unwrap());
        let response = self.web.admin(Method::GET, &path).send().await.unwrap();
        match response.status().as_u16() {
            200 => Some(response.json().await.unwrap()),
            404 => None,
            other => panic!("{other}: {}", response.text().await.unwrap()),
        }
    }

    /// Returns the number of whole replicas that the catalogue has of a media file.
    pub async fn whole_replicas(&self, name: &str) -> u64 {
        let listed = self.listed_media(name).await;
        listed.and_then(|listed| listed.replication).map_or(0, |replication| replication.whole)
    }

    /// Executes SQL in the database.
    pub async fn execute_sql(&self, sql: &str) {
        execute(&self.database, sql).await;
    }

    /// Makes the database refuse new connections, and ends the existing ones.
    pub async fn disconnect_database(&self) {
        let name = self.database_name();
        let admin = postgres::shared().url("postgres");
        execute(&admin, &format!("ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false")).await;
        let end = format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        );
        execute(&admin, &end).await;
    }

    /// Makes the database accept connections again.
    pub async fn reconnect_database(&self) {
        let admin = postgres::shared().url("postgres");
        let name = self.database_name();
        execute(&admin, &format!("ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true")).await;
    }

    fn database_name(&self) -> &str {
        self.database.rsplit('/').next().unwrap()
    }
}

/// Returns the SHA-256 digest of a file, or `None` if it cannot be read.
pub fn sha256_of_file(path: &Path) -> Option<String> {
    fs::read(path).ok().map(|bytes| sha256(&bytes))
}

/// Returns addresses of the loopback interface with free ports. The flags of each streamer name all
/// of them, so they must be known before the first one starts.
fn free_addresses(count: usize) -> Vec<SocketAddr> {
    let listeners: Vec<_> = (0..count).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
    listeners.iter().map(|listener| listener.local_addr().unwrap()).collect()
}

async fn execute(url: &str, sql: &str) {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
    let connection = tokio::spawn(connection);
    client.batch_execute(sql).await.unwrap();
    drop(client);
    connection.await.unwrap().unwrap();
}
