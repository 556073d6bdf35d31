//! A server on a free port with a temporary data directory, for tests.

use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;

use clap::Parser;
use ginflix_wire::Response;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::listen;
use crate::config::{Config, Settings};
use crate::run::{StartError, run};
use crate::test_wait;

/// A running server; dropping it stops the server.
pub struct TestServer {
    pub address: SocketAddr,
    data_dir: PathBuf,
    stop: Option<oneshot::Sender<()>>,
    serving: Option<JoinHandle<Result<(), StartError>>>,
    runtime: Runtime,
    _dir: tempfile::TempDir,
}

impl TestServer {
    /// Starts a server with more flags, and waits until it is ready.
    pub fn start(flags: &[&str]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let data_dir = dir.path().join("data");
        let args = ["ginflix-server", &format!("--data-dir={}", data_dir.display())];
        let settings = Settings::parse_from(args.into_iter().chain(flags.iter().copied()));
        let config = Config::load(settings).unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let entered = runtime.enter();
        let listener = listen(([127, 0, 0, 1], 0).into()).unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let serving = runtime.spawn(run(listener, config, async { drop(stopped.await) }));
        drop(entered);
        let server = Self {
            address,
            data_dir,
            stop: Some(stop),
            serving: Some(serving),
            runtime,
            _dir: dir,
        };
        test_wait::until("the server to be ready", || server.get("/readyz", "").status == 200);
        server
    }

    /// Returns the path of a media file on the volume.
    pub fn path(&self, name: &str) -> PathBuf {
        self.data_dir.join("media").join(name)
    }

    /// Puts a media file on the volume by a rename, as publishing an upload does.
    pub fn put(&self, name: &str, content: &[u8]) {
        let temporary = self.data_dir.join("temporary");
        std::fs::write(&temporary, content).unwrap();
        std::fs::rename(temporary, self.path(name)).unwrap();
    }

    /// Sends the text of a request, and reads until the server closes the connection.
    #[track_caller]
    pub fn exchange(&self, request: &str) -> Response {
        ginflix_wire::exchange(self.address, request)
    }

    /// Sends a GET request with more header lines, each of which ends with CRLF.
    #[track_caller]
    pub fn get(&self, path: &str, lines: &str) -> Response {
        let lines = format!("Connection: close\r\n{lines}");
        self.exchange(&ginflix_wire::request("GET", path, &lines))
    }

    /// Connects to the server. Reads and writes time out instead of waiting for ever.
    #[track_caller]
    pub fn connect(&self) -> TcpStream {
        ginflix_wire::connect(self.address)
    }

    /// Begins the shutdown, as SIGTERM does.
    pub fn stop(&mut self) {
        drop(self.stop.take());
    }

    /// Waits until the server has stopped.
    pub fn stopped(&mut self) {
        let serving = self.serving.take().unwrap();
        self.runtime.block_on(serving).unwrap().unwrap();
    }
}
