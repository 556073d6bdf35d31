//! A TCP proxy in front of a test server, with the bad manners of real ones.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

/// What a proxy does to connections.
#[derive(Debug, Clone, Copy)]
pub enum ProxyMode {
    /// Nothing.
    Forward,
    /// Cuts the connection over which byte N from clients comes, once.
    CutAtByte(u64),
    /// Cuts every connection that is so old.
    CutAfter(Duration),
    /// Holds a request back until it has all of it.
    Buffer,
}

/// One running proxy; its address stays when the server moves to another port.
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    manner: ProxyMode,
    upstream: Mutex<SocketAddr>,
    /// Bytes that came from clients.
    sent: AtomicU64,
    /// Connections that were cut.
    cuts: AtomicU64,
    /// `Upload-Offset` of each PATCH.
    starts: Mutex<Vec<u64>>,
    /// So many bytes from clients, then no PATCH is passed on any more.
    hold: Mutex<Option<u64>>,
    release: Condvar,
}

impl Proxy {
    /// Starts one; it runs until the test ends.
    pub fn start(upstream: SocketAddr, manner: ProxyMode) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (sent, cuts) = (AtomicU64::new(0), AtomicU64::new(0));
        let shared = Arc::new(Shared {
            manner,
            upstream: Mutex::new(upstream),
            sent,
            cuts,
            starts: Mutex::default(),
            hold: Mutex::default(),
            release: Condvar::new(),
        });
        let serving = Arc::clone(&shared);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let shared = Arc::clone(&serving);
                // An error is the end of a connection, as it is for any proxy.
                thread::spawn(move || drop(shared.serve(client)));
            }
        });
        Self { address, shared }
    }

    /// The full URL of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Where the server is.
    pub fn upstream(&self) -> SocketAddr {
        *self.shared.upstream.lock().unwrap()
    }

    /// The server has moved.
    pub fn set_upstream(&self, address: SocketAddr) {
        *self.shared.upstream.lock().unwrap() = address;
    }

    /// Bytes that came from clients so far, their requests' heads included.
    pub fn client_bytes(&self) -> u64 {
        self.shared.sent.load(Ordering::Relaxed)
    }

    /// Where each PATCH so far wanted to go on.
    pub fn patch_offsets(&self) -> Vec<u64> {
        self.shared.starts.lock().unwrap().clone()
    }

    /// Once so many more bytes have come from clients, the next PATCH is held
    /// back until [`Proxy::release`]; all else is passed on.
    pub fn hold_patches_after(&self, bytes: u64) {
        *self.shared.hold.lock().unwrap() = Some(self.client_bytes() + bytes);
    }

    /// Passes on what was held back.
    pub fn release(&self) {
        *self.shared.hold.lock().unwrap() = None;
        self.shared.release.notify_all();
    }

    /// Connections that were cut so far.
    pub fn cut_connections(&self) -> u64 {
        self.shared.cuts.load(Ordering::Relaxed)
    }
}

impl Shared {
    fn serve(self: &Arc<Self>, mut client: TcpStream) -> io::Result<()> {
        let upstream = *self.upstream.lock().unwrap();
        let first = match self.manner {
            ProxyMode::Buffer => whole_request(&mut client)?,
            _ => Vec::new(),
        };
        self.sent.fetch_add(first.len() as u64, Ordering::Relaxed);
        let mut server = TcpStream::connect(upstream)?;
        server.write_all(&first)?;
        thread::scope(|scope| {
            scope.spawn(|| {
                let _ = copy(&server, &client, |_| true);
                hang_up(&client, &server);
            });
            if let ProxyMode::CutAfter(time) = self.manner {
                let (client, server) = (client.try_clone()?, server.try_clone()?);
                // Of its own: a connection that ends before need not wait for it.
                let shared = Arc::clone(self);
                thread::spawn(move || {
                    thread::sleep(time); // pace: of a line with a delay
                    if client.peer_addr().is_ok() {
                        shared.cuts.fetch_add(1, Ordering::Relaxed);
                        hang_up(&client, &server);
                    }
                });
            }
            let _ = copy(&client, &server, |bytes| self.may_pass(bytes));
            hang_up(&client, &server);
            Ok(())
        })
    }

    /// Counts what came from a client, and says whether it may go on.
    fn may_pass(&self, bytes: &[u8]) -> bool {
        // A client that waits for its answers sends the head of a request
        // after the whole of the one before.
        if bytes.starts_with(b"PATCH ") {
            self.starts.lock().unwrap().push(upload_offset(bytes));
            let sent = || self.sent.load(Ordering::Relaxed);
            let hold = self.hold.lock().unwrap();
            let held = |at: &mut Option<u64>| at.is_some_and(|at| sent() >= at);
            drop(self.release.wait_while(hold, held).unwrap());
        }
        let before = self.sent.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        let now = before + bytes.len() as u64;
        let cut = matches!(self.manner, ProxyMode::CutAtByte(at) if before <= at && at < now);
        if cut {
            self.cuts.fetch_add(1, Ordering::Relaxed);
        }
        !cut
    }
}

fn copy(
    mut from: &TcpStream,
    mut to: &TcpStream,
    mut may_pass: impl FnMut(&[u8]) -> bool,
) -> io::Result<()> {
    let mut buffer = vec![0; 64 << 10];
    loop {
        let count = from.read(&mut buffer)?;
        if count == 0 || !may_pass(&buffer[..count]) {
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

fn hang_up(client: &TcpStream, server: &TcpStream) {
    let _ = client.shutdown(Shutdown::Both);
    let _ = server.shutdown(Shutdown::Both);
}

/// Reads a request to its end. It is to be the only one of its connection, so
/// that what follows it can be passed on as it comes.
fn whole_request(client: &mut TcpStream) -> io::Result<Vec<u8>> {
    let (mut bytes, mut buffer) = (Vec::new(), vec![0; 64 << 10]);
    loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
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
