//! A tus server of one file, whose faults a test chooses.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use serde_json::json;
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::{paths, tus};

/// The location of the upload.
pub const LOCATION: &str = "/api/v1/uploads/u1";

#[derive(Debug)]
pub struct Patch {
    pub length: usize,
    pub has_hash: bool,
}

/// A tus server of one file, and its faults.
#[derive(Default)]
pub struct Server {
    /// The size of the file in bytes.
    pub length: usize,
    /// The bytes of the unfinished upload.
    pub upload: Option<Vec<u8>>,
    /// The content of the published file.
    pub published: Option<Vec<u8>>,
    /// The number of requests that were handled.
    pub requests: usize,
    /// The number of uploads that were created without content.
    pub created: usize,
    /// The number of bytes received by `PATCH`.
    pub received: usize,
    pub patches: Vec<Patch>,
    /// Bytes of a request after which its connection is cut, one entry per request.
    pub cut_after: VecDeque<usize>,
    /// The number of `GET` requests whose connection is cut.
    pub cut_gets: usize,
    /// Whether the request that completes the file gets no response.
    pub lose_last_response: bool,
    /// Whether the published content differs from what was sent.
    pub corrupts: bool,
    /// Whether `PATCH` requests are refused because the volume is full.
    pub full: bool,
    /// Whether the content is cut short, so that it is only published on request.
    pub damaged: bool,
}

pub struct Request {
    method: String,
    path: String,
    headers: String,
    body: Vec<u8>,
}

impl Request {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    /// Returns whether the request creates an upload whose metadata accepts a damaged file.
    fn accepts_damaged_by_metadata(&self) -> bool {
        let metadata = self.header(tus::UPLOAD_METADATA).unwrap_or_default();
        metadata.contains("acceptdamaged dhj1zq==") // "true" in Base64, of which the case is lost
    }

    fn number(&self, name: &str) -> usize {
        self.header(name).map_or(0, |value| value.parse().unwrap())
    }
}

/// Serves one connection, which carries one request.
pub async fn serve(mut stream: TcpStream, server: Arc<Mutex<Server>>) {
    let mut request = read_request(&mut stream).await;
    let length = request.number("content-length");
    if request.method == "PATCH" && server.lock().unwrap().full {
        // A server that refuses the content responds at once and closes the connection.
        let text = error(507, "no_space");
        let _ = stream.write_all(text.as_bytes()).await;
        return;
    }
    if request.method == "GET" {
        let remaining = &mut server.lock().unwrap().cut_gets;
        if *remaining > 0 {
            *remaining -= 1;
            return;
        }
    }
    let cut = match request.method.as_str() {
        "PATCH" => server.lock().unwrap().cut_after.pop_front(),
        "POST" if length > 0 => server.lock().unwrap().cut_after.pop_front(),
        _ => None,
    };
    let expected = length.min(cut.unwrap_or(usize::MAX));
    // Some of the content may have arrived with the header section.
    request.body.truncate(expected);
    while request.body.len() < expected {
        let mut buffer = vec![0; (expected - request.body.len()).min(64 << 10)];
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => break,
            Ok(n) => request.body.extend_from_slice(&buffer[..n]),
        }
    }
    if cut.is_some() && request.method == "POST" {
        return; // the server keeps nothing of an incomplete creation request
    }
    let response = server.lock().unwrap().handle(&request);
    if cut.is_none()
        && let Some(response) = response
    {
        let _ = stream.write_all(response.as_bytes()).await;
        let _ = stream.shutdown().await;
    }
}

async fn read_request(stream: &mut TcpStream) -> Request {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break at;
        }
        if stream.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
            break 0;
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).replace("\r\n", "\n");
    let mut first = head.split(' ');
    Request {
        method: first.next().unwrap_or_default().to_owned(),
        path: first.next().unwrap_or_default().to_owned(),
        headers: head.to_ascii_lowercase(),
        body: bytes.get(end + 4..).unwrap_or_default().to_vec(),
    }
}

impl Server {
    fn handle(&mut self, request: &Request) -> Option<String> {
        self.requests += 1;
        Some(match (request.method.as_str(), request.path.as_str()) {
            ("GET", path) if path.starts_with(paths::MEDIA) => self.media(),
            ("POST", paths::UPLOADS) if !request.body.is_empty() => {
                return self.create_with_content(request);
            }
            ("POST", paths::UPLOADS) => {
                self.created += 1;
                self.upload = Some(Vec::new());
                reply(201, &[("location", LOCATION.to_owned())], "")
            }
            ("HEAD", LOCATION) => match &self.upload {
                Some(upload) => reply(200, &[(tus::UPLOAD_OFFSET, upload.len().to_string())], ""),
                None => reply(404, &[], ""),
            },
            ("PATCH", LOCATION) => return self.patch(request),
            _ => error(404, "not_found"),
        })
    }

    fn create_with_content(&mut self, request: &Request) -> Option<String> {
        if self.published.is_some() {
            return Some(error(409, "conflict"));
        }
        assert_eq!(request.number(tus::UPLOAD_LENGTH), request.body.len());
        if self.damaged && !request.accepts_damaged_by_metadata() {
            return Some(error(422, "damaged"));
        }
        self.published = Some(request.body.clone());
        if std::mem::take(&mut self.lose_last_response) {
            return None;
        }
        Some(reply(201, &[("location", LOCATION.to_owned())], &self.media_json()))
    }

    fn patch(&mut self, request: &Request) -> Option<String> {
        let Some(upload) = &mut self.upload else { return Some(error(404, "not_found")) };
        if request.number(tus::UPLOAD_OFFSET) != upload.len() {
            return Some(error(409, "conflict"));
        }
        let hash = request.header(tus::FILE_SHA256).map(str::to_owned);
        self.patches.push(Patch { length: request.body.len(), has_hash: hash.is_some() });
        self.received += request.body.len();
        upload.extend_from_slice(&request.body);
        let offset = upload.len();
        let accepts_damaged = request.header(tus::ACCEPT_DAMAGED) == Some("true");
        if offset == self.length && self.damaged && !accepts_damaged {
            let is_lost = std::mem::take(&mut self.lose_last_response);
            return (!is_lost).then(|| error(422, "damaged"));
        }
        if offset == self.length
            && let Some(mut content) = self.upload.take()
        {
            assert_eq!(hash, Some(hex::encode(Sha256::digest(&content))));
            if self.corrupts {
                content[0] ^= 1;
            }
            self.published = Some(content);
            if std::mem::take(&mut self.lose_last_response) {
                return None;
            }
        }
        Some(reply(204, &[(tus::UPLOAD_OFFSET, offset.to_string())], ""))
    }

    fn media(&self) -> String {
        match self.published {
            Some(_) => reply(200, &[], &self.media_json()),
            None => error(404, "not_found"),
        }
    }

    fn media_json(&self) -> String {
        let content = self.published.as_ref().unwrap();
        let media = json!({
            "name": "film.mp4", "size_bytes": content.len(),
            "sha256": hex::encode(Sha256::digest(content)), "content_type": "video/mp4",
            "duration_seconds": null, "created_at": "2026-01-01T00:00:00Z",
            "stream_path": "/stream/film.mp4",
        });
        media.to_string()
    }
}

fn error(status: u16, code: &str) -> String {
    let error = json!({"error": {"code": code, "message": code, "request_id": "r"}});
    reply(status, &[], &error.to_string())
}

fn reply(status: u16, headers: &[(&str, String)], body: &str) -> String {
    let mut text = format!("HTTP/1.1 {status} X\r\nconnection: close\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    if status != 204 {
        text.push_str(&format!("content-length: {}\r\n", body.len()));
    }
    format!("{text}\r\n{body}")
}
