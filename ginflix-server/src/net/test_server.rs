//! For tests: a server on a free port over a temporary volume.

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

/// Ends with the test.
pub struct TestServer {
    pub address: SocketAddr,
    data_dir: PathBuf,
    stop: Option<oneshot::Sender<()>>,
    serving: Option<JoinHandle<Result<(), StartError>>>,
    runtime: Runtime,
    _folder: tempfile::TempDir,
}

impl TestServer {
    pub fn start(flags: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data_dir = folder.path().join("data");
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
        let media = data_dir.join("media");
        test_wait::until("the volume", || media.exists() || serving.is_finished());
        assert!(!serving.is_finished(), "{:?}", runtime.block_on(serving));
        Self {
            address,
            data_dir,
            stop: Some(stop),
            serving: Some(serving),
            runtime,
            _folder: folder,
        }
    }

    /// Where a media file is or would be.
    pub fn path(&self, name: &str) -> PathBuf {
        self.data_dir.join("media").join(name)
    }

    /// Puts a media file there, whole at once as publishing does.
    pub fn put(&self, name: &str, content: &[u8]) {
        let temporary = self.data_dir.join("temporary");
        std::fs::write(&temporary, content).unwrap();
        std::fs::rename(temporary, self.path(name)).unwrap();
    }

    /// Sends the text of a request and reads until the server closes.
    #[track_caller]
    pub fn ask(&self, request: &str) -> Response {
        ginflix_wire::exchange(self.address, request)
    }

    /// A GET with more header lines, each ended by CRLF.
    #[track_caller]
    pub fn get(&self, path: &str, lines: &str) -> Response {
        let lines = format!("Connection: close\r\n{lines}");
        self.ask(&ginflix_wire::request("GET", path, &lines))
    }

    /// A connection that fails instead of waiting for ever.
    #[track_caller]
    pub fn connect(&self) -> TcpStream {
        ginflix_wire::connect(self.address)
    }

    /// Asks the server to stop, as SIGTERM does.
    pub fn stop(&mut self) {
        drop(self.stop.take());
    }

    /// Waits until it has stopped.
    pub fn stopped(&mut self) {
        let serving = self.serving.take().unwrap();
        self.runtime.block_on(serving).unwrap().unwrap();
    }
}
