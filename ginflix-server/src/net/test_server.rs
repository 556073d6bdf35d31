//! For tests: a server on a free port over a temporary volume, and a client
//! that says exactly what is on the wire.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

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

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl TestServer {
    pub fn start(flags: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (data_dir, address_file) = (folder.path().join("data"), folder.path().join("address"));
        let args = [
            "ginflix-server",
            "--listen=127.0.0.1:0",
            &format!("--data-dir={}", data_dir.display()),
            &format!("--address-file={}", address_file.display()),
        ];
        let settings = Settings::parse_from(args.into_iter().chain(flags.iter().copied()));
        let config = Config::load(settings).unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let (stop, stopped) = oneshot::channel();
        let serving = runtime.spawn(run(config, async { drop(stopped.await) }));
        test_wait::until("the server's address", || address_file.exists() || serving.is_finished());
        assert!(!serving.is_finished(), "{:?}", runtime.block_on(serving));
        let address = std::fs::read_to_string(&address_file).unwrap().trim().parse().unwrap();
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
    pub fn ask(&self, request: &str) -> Answer {
        let mut stream = self.connect();
        stream.write_all(request.as_bytes()).unwrap();
        Answer::read(&mut stream)
    }

    /// A GET with more header lines, each ended by CRLF.
    pub fn get(&self, path: &str, lines: &str) -> Answer {
        self.ask(&format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{lines}\r\n"))
    }

    /// A connection that fails instead of waiting for ever.
    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.set_write_timeout(Some(Duration::from_secs(20))).unwrap();
        stream
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

impl Answer {
    /// Reads until the server closes, orderly or not.
    pub fn read(stream: &mut TcpStream) -> Self {
        Self::parse(&Self::read_rest(stream))
    }

    /// What comes until the server closes, orderly or not.
    pub fn read_rest(stream: &mut TcpStream) -> Vec<u8> {
        let mut all = Vec::new();
        match stream.read_to_end(&mut all) {
            Err(error) if error.kind() != ErrorKind::ConnectionReset => {
                panic!("no end of the answer: {error}")
            }
            _ => all,
        }
    }

    /// Head and body.
    pub fn parse(all: &[u8]) -> Self {
        let end = all.windows(4).position(|four| four == b"\r\n\r\n");
        let end = end.unwrap_or_else(|| panic!("no head in {:?}", String::from_utf8_lossy(all)));
        let head = String::from_utf8(all[..end].to_vec()).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Self { status, head, body: all[end + 4..].to_vec() }
    }

    /// A header field's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (field, value) = line.split_once(':')?;
            field.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    /// The body's length as announced.
    pub fn length(&self) -> usize {
        self.header("content-length").unwrap().parse().unwrap()
    }
}
