//! A gateway as clusters have it: requests for media and uploads go to the streamers in turn, all
//! others to the web server. Each request has its own connection to its upstream.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::fleet::Fleet;

/// A running gateway; it runs until the test process ends.
pub struct Gateway {
    url: String,
}

struct Upstreams {
    web: SocketAddr,
    streamers: Vec<SocketAddr>,
    next_streamer: AtomicUsize,
}

impl Gateway {
    /// Starts a gateway in front of a fleet.
    pub fn start(fleet: &Fleet) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let upstreams = Arc::new(Upstreams {
            web: fleet.web.address(),
            streamers: fleet.streamers.iter().map(crate::server::Server::address).collect(),
            next_streamer: AtomicUsize::new(0),
        });
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let upstreams = Arc::clone(&upstreams);
                thread::spawn(move || drop(upstreams.serve(client)));
            }
        });
        Self { url }
    }

    /// Returns the URL of the gateway.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Upstreams {
    /// Forwards the first request of a connection and its response.
    fn serve(&self, mut client: TcpStream) -> io::Result<()> {
        let Some(head) = read_request_head(&mut client)? else { return Ok(()) };
        let mut upstream = TcpStream::connect(self.upstream(&head))?;
        let (request_line, fields) = head.split_once("\r\n").unwrap();
        // The next request may belong to another upstream.
        write!(upstream, "{request_line}\r\nConnection: close\r\n{fields}")?;
        let (mut from_client, mut to_upstream) = (client.try_clone()?, upstream.try_clone()?);
        thread::spawn(move || {
            let _ = io::copy(&mut from_client, &mut to_upstream);
        });
        let copied = io::copy(&mut upstream, &mut client);
        let _ = client.shutdown(Shutdown::Both);
        let _ = upstream.shutdown(Shutdown::Both);
        copied.map(drop)
    }

    /// Returns the address of the server for a request with this head.
    fn upstream(&self, head: &str) -> SocketAddr {
        let path = head.split(' ').nth(1).unwrap_or_default();
        if !path.starts_with("/stream/") && !path.starts_with("/api/v1/uploads") {
            return self.web;
        }
        let number = self.next_streamer.fetch_add(1, Ordering::Relaxed);
        self.streamers[number % self.streamers.len()]
    }
}

/// Reads the request line and the header section, byte by byte so that the content stays in the
/// socket. Returns `None` if the client closes the connection before their end.
pub fn read_request_head(client: &mut TcpStream) -> io::Result<Option<String>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if client.read(&mut byte)? == 0 {
            return Ok(None);
        }
        head.push(byte[0]);
    }
    Ok(Some(String::from_utf8_lossy(&head).into_owned()))
}
