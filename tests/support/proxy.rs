//! A TCP proxy in front of a test server, which can misbehave like real ones.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

/// The way in which a proxy treats connections.
#[derive(Debug, Clone, Copy)]
pub enum ProxyMode {
    /// Forwards everything unchanged.
    Forward,
    /// Cuts the connection that carries this byte, counted from 0 over all bytes from clients.
    CutAtByte(u64),
    /// Cuts every connection that is open for this long.
    CutAfter(Duration),
    /// Forwards a request only when all of it has arrived.
    Buffer,
}

/// A running proxy; its address stays when the server moves to another port.
pub struct Proxy {
    address: SocketAddr,
    state: Arc<ProxyState>,
}

/// The state that all connections of a proxy share.
struct ProxyState {
    mode: ProxyMode,
    upstream: Mutex<SocketAddr>,
    client_bytes: AtomicU64,
    cut_connections: AtomicU64,
    /// `Upload-Offset` of each `PATCH`.
    patch_offsets: Mutex<Vec<u64>>,
    /// The number of bytes from clients after which the proxy forwards no further `PATCH`.
    hold_at: Mutex<Option<u64>>,
    released: Condvar,
}

impl Proxy {
    /// Starts a proxy, which runs until the test process ends.
    pub fn start(upstream: SocketAddr, mode: ProxyMode) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(ProxyState {
            mode,
            upstream: Mutex::new(upstream),
            client_bytes: AtomicU64::new(0),
            cut_connections: AtomicU64::new(0),
            patch_offsets: Mutex::default(),
            hold_at: Mutex::default(),
            released: Condvar::new(),
        });
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let state = Arc::clone(&shared);
                // An error only ends this connection, as it does for any proxy.
                thread::spawn(move || drop(state.serve(client)));
            }
        });
        Self { address, state }
    }

    /// Returns the full URL of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Returns the address of the server.
    pub fn upstream(&self) -> SocketAddr {
        *self.state.upstream.lock().unwrap()
    }

    /// Sends new connections to another address.
    pub fn set_upstream(&self, address: SocketAddr) {
        *self.state.upstream.lock().unwrap() = address;
    }

    /// Returns the number of bytes from clients so far, header sections included.
    pub fn client_bytes(&self) -> u64 {
        self.state.client_bytes.load(Ordering::Relaxed)
    }

    /// Returns the `Upload-Offset` of each `PATCH` so far.
    pub fn patch_offsets(&self) -> Vec<u64> {
        self.state.patch_offsets.lock().unwrap().clone()
    }

    /// Holds back the first `PATCH` after this many more bytes from clients, until
    /// [`Proxy::release`]. Other requests are forwarded.
    pub fn hold_patches_after(&self, bytes: u64) {
        *self.state.hold_at.lock().unwrap() = Some(self.client_bytes() + bytes);
    }

    /// Forwards the requests that are held back.
    pub fn release(&self) {
        *self.state.hold_at.lock().unwrap() = None;
        self.state.released.notify_all();
    }

    /// Returns the number of connections that were cut so far.
    pub fn cut_connections(&self) -> u64 {
        self.state.cut_connections.load(Ordering::Relaxed)
    }
}

impl ProxyState {
    fn serve(self: &Arc<Self>, mut client: TcpStream) -> io::Result<()> {
        let upstream = *self.upstream.lock().unwrap();
        let buffered = match self.mode {
            ProxyMode::Buffer => read_whole_request(&mut client)?,
            _ => Vec::new(),
        };
        self.client_bytes.fetch_add(buffered.len() as u64, Ordering::Relaxed);
        let mut server = TcpStream::connect(upstream)?;
        server.write_all(&buffered)?;
        thread::scope(|scope| {
            scope.spawn(|| {
                let _ = copy(&server, &client, |_| true);
                close(&client, &server);
            });
            if let ProxyMode::CutAfter(age) = self.mode {
                let (client, server) = (client.try_clone()?, server.try_clone()?);
                // Not a scoped thread: the end of a connection need not wait for it.
                let state = Arc::clone(self);
                thread::spawn(move || {
                    thread::sleep(age); // pace: the age at which such a proxy cuts
                    // A connection that has ended already has no peer address.
                    if client.peer_addr().is_ok() {
                        state.cut_connections.fetch_add(1, Ordering::Relaxed);
                        close(&client, &server);
                    }
                });
            }
            let _ = copy(&client, &server, |bytes| self.admit(bytes));
            close(&client, &server);
            Ok(())
        })
    }

    /// Counts bytes from a client, and reports whether to forward them. Blocks while a `PATCH` is
    /// held back.
    fn admit(&self, bytes: &[u8]) -> bool {
        // A client without pipelining begins a request in a segment of its own.
        if bytes.starts_with(b"PATCH ") {
            self.patch_offsets.lock().unwrap().push(upload_offset(bytes));
            let hold_at = self.hold_at.lock().unwrap();
            let is_held = |at: &mut Option<u64>| {
                at.is_some_and(|at| self.client_bytes.load(Ordering::Relaxed) >= at)
            };
            drop(self.released.wait_while(hold_at, is_held).unwrap());
        }
        let before = self.client_bytes.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        let now = before + bytes.len() as u64;
        let is_cut = matches!(self.mode, ProxyMode::CutAtByte(at) if before <= at && at < now);
        if is_cut {
            self.cut_connections.fetch_add(1, Ordering::Relaxed);
        }
        !is_cut
    }
}

/// Copies until one side closes or `admit` refuses the next bytes.
fn copy(
    mut from: &TcpStream,
    mut to: &TcpStream,
    mut admit: impl FnMut(&[u8]) -> bool,
) -> io::Result<()> {
    let mut buffer = vec![0; 64 << 10];
    loop {
        let count = from.read(&mut buffer)?;
        if count == 0 || !admit(&buffer[..count]) {
            return Ok(());
        }
        to.write_all(&buffer[..count])?;
    }
}

fn upload_offset(request: &[u8]) -> u64 {
    let head = String::from_utf8_lossy(&request[..request.len().min(4096)]).to_ascii_lowercase();
    let offset = head.lines().find_map(|line| line.strip_prefix("upload-offset: "));
    offset.expect("an Upload-Offset in the head of a PATCH").parse().unwrap()
}

fn close(client: &TcpStream, server: &TcpStream) {
    let _ = client.shutdown(Shutdown::Both);
    let _ = server.shutdown(Shutdown::Both);
}

/// Reads a request to its end, and adds `Connection: close` so that no other request follows it.
fn read_whole_request(client: &mut TcpStream) -> io::Result<Vec<u8>> {
    let (mut bytes, mut buffer) = (Vec::new(), vec![0; 64 << 10]);
    loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
            let length: usize = length.map_or(0, |length| length.trim().parse().unwrap());
            while bytes.len() < end + 4 + length {
                let count = client.read(&mut buffer)?;
                if count == 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                bytes.extend_from_slice(&buffer[..count]);
            }
            bytes.splice(end..end, b"\r\nConnection: close".iter().copied());
            return Ok(bytes);
        }
        let count = client.read(&mut buffer)?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        bytes.extend_from_slice(&buffer[..count]);
    }
}
