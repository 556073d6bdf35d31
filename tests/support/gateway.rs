//! A gateway as a cluster has it: media and uploads go to streamers, one after
//! the other, the rest to the web server. Each request has a connection of its own.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::fleet::Fleet;

/// One running gateway; it runs until the test ends.
pub struct Gateway {
    url: String,
}

struct Upstreams {
    web: SocketAddr,
    streamers: Vec<SocketAddr>,
    turn: AtomicUsize,
}

impl Gateway {
    /// Starts one before a fleet.
    pub fn start(fleet: &Fleet) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let upstreams = Arc::new(Upstreams {
            web: fleet.web.address(),
            streamers: fleet.streamers.iter().map(crate::server::Server::address).collect(),
            turn: AtomicUsize::new(0),
        });
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let upstreams = Arc::clone(&upstreams);
                thread::spawn(move || drop(upstreams.serve(client)));
            }
        });
        Self { url }
    }

    /// Where it listens.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Upstreams {
    fn serve(&self, mut client: TcpStream) -> io::Result<()> {
        let Some(head) = read_request_head(&mut client)? else { return Ok(()) };
        let mut upstream = TcpStream::connect(self.upstream(&head))?;
        let (line, fields) = head.split_once("\r\n").unwrap();
        write!(upstream, "{line}\r\nConnection: close\r\n{fields}")?;
        let (mut from_client, mut to_upstream) = (client.try_clone()?, upstream.try_clone()?);
        thread::spawn(move || {
            let _ = io::copy(&mut from_client, &mut to_upstream);
        });
        let answered = io::copy(&mut upstream, &mut client);
        let _ = client.shutdown(Shutdown::Both);
        let _ = upstream.shutdown(Shutdown::Both);
        answered.map(drop)
    }

    fn upstream(&self, head: &str) -> SocketAddr {
        let path = head.split(' ').nth(1).unwrap_or_default();
        if !path.starts_with("/stream/") && !path.starts_with("/api/v1/uploads") {
            return self.web;
        }
        self.streamers[self.turn.fetch_add(1, Ordering::Relaxed) % self.streamers.len()]
    }
}

/// The first line and the fields of a request, byte by byte, so that what
/// follows stays to be passed on; `None` where the client goes away before.
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
