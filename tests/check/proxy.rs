//! Proxies between viewers and streamers that have a fault.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use ginflix_tests::gateway::read_request_head;

/// How long the buffering proxy delays a response: longer than responses take on a busy machine.
const RESPONSE_DELAY: Duration = Duration::from_secs(6);

/// What a server says of a file that it is indexing, after the line with `Retry-After`.
const NOT_READY: &str = "Content-Type: application/json\r\nConnection: close\r\n\r\n\
    {\"error\":{\"code\":\"unavailable\",\"message\":\"it is being indexed\",\"request_id\":\"1\"}}";

/// A fault of a proxy.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum ProxyFault {
    /// It drops the header field `Range`.
    DropsRange,
    /// It reads a whole response, slowly, before it passes any of it on.
    Buffers,
    /// It repeats the first `EXTINF` of each playlist.
    RewritesPlaylists,
    /// It compresses playlists, whatever the request allows.
    CompressesPlaylists,
    /// It cuts the last byte of the fourth segment of each rendition.
    CutsSegments,
    /// It changes a byte of the description of the samples in each segment.
    ChangesSegments,
    /// It drops the header field `Range` of requests for segments.
    DropsRangeOfSegments,
    /// It forbids caching.
    ForbidsCaching,
    /// It refuses the first request for a playlist as if the file was being indexed.
    RefusesOnce,
    /// It refuses requests for playlists as if the file was being indexed, for a minute or longer.
    Refuses,
}

/// Starts a proxy with a fault, which runs until the test ends. Returns its URL.
pub fn start(upstream: SocketAddr, fault: ProxyFault) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let proxy = Arc::new(Proxy { upstream, fault, has_refused: AtomicBool::new(false) });
    thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let proxy = Arc::clone(&proxy);
            thread::spawn(move || drop(proxy.serve(client)));
        }
    });
    url
}

struct Proxy {
    upstream: SocketAddr,
    fault: ProxyFault,
    has_refused: AtomicBool,
}

impl Proxy {
    /// Serves the first request of a connection.
    fn serve(&self, mut client: TcpStream) -> io::Result<()> {
        let Some(head) = read_request_head(&mut client)? else { return Ok(()) };
        let (line, fields) = head.split_once("\r\n").unwrap();
        if let Some(retry_after) = self.refusal(line) {
            let status = "HTTP/1.1 503 Service Unavailable";
            write!(client, "{status}\r\nRetry-After: {retry_after}\r\n{NOT_READY}")?;
            return client.shutdown(Shutdown::Write);
        }
        let mut upstream = TcpStream::connect(self.upstream)?;
        write!(upstream, "{line}\r\nConnection: close\r\n")?;
        for field in fields.split_inclusive("\r\n") {
            let is_range = field.to_ascii_lowercase().starts_with("range:");
            if !(is_range && self.drops_range(line)) {
                upstream.write_all(field.as_bytes())?;
            }
        }
        let is_range = head.to_ascii_lowercase().contains("\r\nrange:");
        let mut response = Vec::new();
        if self.fault == ProxyFault::Buffers && line.contains("/stream/") && !is_range {
            upstream.read_to_end(&mut response)?;
            if line.starts_with("GET") && !line.contains("/hls/") {
                thread::sleep(RESPONSE_DELAY); // pace: a late response
            }
            client.write_all(&response)?;
        } else if line.contains("/hls/") {
            upstream.read_to_end(&mut response)?;
            client.write_all(&self.changed(line, response))?;
        } else {
            io::copy(&mut upstream, &mut client)?;
        }
        client.shutdown(Shutdown::Both)
    }

    /// Returns the seconds after which a client may repeat a request that is refused.
    fn refusal(&self, line: &str) -> Option<u32> {
        match self.fault {
            _ if !line.contains(".m3u8") => None,
            ProxyFault::RefusesOnce if !self.has_refused.swap(true, Ordering::Relaxed) => Some(0),
            ProxyFault::Refuses => Some(60),
            _ => None,
        }
    }

    fn drops_range(&self, line: &str) -> bool {
        match self.fault {
            ProxyFault::DropsRange => true,
            ProxyFault::DropsRangeOfSegments => line.contains(".m4s"),
            _ => false,
        }
    }

    /// Returns what the proxy makes of a response with a playlist or segment.
    fn changed(&self, line: &str, response: Vec<u8>) -> Vec<u8> {
        let end = response.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
        let mut head = String::from_utf8(response[..end].to_vec()).unwrap();
        let mut body = response[end + 4..].to_vec();
        let is_whole = head.starts_with("HTTP/1.1 200") && !body.is_empty();
        let (is_playlist, is_segment) = (line.contains(".m3u8"), line.contains(".m4s"));
        match self.fault {
            ProxyFault::RewritesPlaylists if is_playlist && is_whole => repeat_duration(&mut body),
            ProxyFault::CompressesPlaylists if is_playlist && is_whole => {
                body = gzip(&body);
                head.push_str("\r\nContent-Encoding: gzip");
            }
            ProxyFault::CutsSegments if line.contains("/3.m4s") && is_whole => drop(body.pop()),
            ProxyFault::ChangesSegments if is_segment && is_whole => change_offset(&mut body),
            ProxyFault::ForbidsCaching => {
                head = with_field(&head, "cache-control", "no-store");
            }
            _ => return response,
        }
        if is_whole {
            head = with_field(&head, "content-length", &body.len().to_string());
        }
        [head.as_bytes(), b"\r\n\r\n", &body].concat()
    }
}

/// Repeats the first `EXTINF` of a playlist, if it has one.
fn repeat_duration(body: &mut Vec<u8>) {
    let text = String::from_utf8(body.clone()).unwrap();
    if let Some(line) = text.lines().find(|line| line.starts_with("#EXTINF")) {
        *body = text.replacen(line, &format!("{line}\n{line}"), 1).into_bytes();
    }
}

/// Adds one to the data offset of the track run.
fn change_offset(body: &mut [u8]) {
    let run = body.windows(4).position(|window| window == b"trun").unwrap();
    let offset = run + 4 + 4 + 4; // the type, version and flags, and the number of samples
    body[offset + 3] = body[offset + 3].wrapping_add(1);
}

/// Replaces the value of a header field.
fn with_field(head: &str, name: &str, value: &str) -> String {
    let is_other = |line: &&str| !line.to_ascii_lowercase().starts_with(&format!("{name}:"));
    let kept: Vec<&str> = head.split("\r\n").filter(is_other).collect();
    format!("{}\r\n{name}: {value}", kept.join("\r\n"))
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut gzip = Command::new("gzip");
    let mut gzip = gzip.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    gzip.stdin.take().unwrap().write_all(content).unwrap();
    gzip.wait_with_output().unwrap().stdout
}
