//! The upload against a small server that breaks in every way one can.

use std::collections::VecDeque;
use std::io::Write;
use std::sync::{Arc, Mutex};

use serde_json::json;
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::error::ErrorCode;
use crate::{paths, tus};

const LOCATION: &str = "/api/v1/uploads/u1";

#[tokio::test]
async fn a_file_arrives_whole_and_its_hash_with_the_last_piece() {
    let test = Test::new(3_000_000).await;
    let uploaded = test.upload(UploadOptions::default()).await.unwrap();
    assert!(!uploaded.already_there);
    assert_eq!(uploaded.media.sha256, test.sha256());
    let server = test.server.lock().unwrap();
    assert_eq!(server.published.as_ref(), Some(&test.content));
    let last = server.patches.last().unwrap();
    assert!(last.length <= 1 << 20 && last.named_hash);
    assert!(server.patches.len() <= 3, "{:?}", server.patches);
}

#[tokio::test]
async fn a_small_file_takes_one_request() {
    for size in [1, 1 << 20] {
        let test = Test::new(size).await;
        let uploaded = test.upload(UploadOptions::default()).await.unwrap();
        assert!(!uploaded.already_there);
        assert_eq!(uploaded.media.sha256, test.sha256());
        let server = test.server.lock().unwrap();
        assert_eq!((server.requests, server.published.as_ref()), (1, Some(&test.content)));
    }
}

#[tokio::test]
async fn a_small_file_that_is_there_or_whose_name_is_taken() {
    let test = Test::new(1000).await;
    test.server.lock().unwrap().published = Some(test.content.clone());
    assert!(test.upload(UploadOptions::default()).await.unwrap().already_there);
    test.server.lock().unwrap().published = Some(vec![0; 1000]);
    let error = test.upload(UploadOptions::default()).await.unwrap_err();
    assert!(matches!(error, UploadError::NameTaken(_)), "{error}");
    let options = UploadOptions { replace: true, ..UploadOptions::default() };
    test.upload(options).await.unwrap();
    assert_eq!(test.server.lock().unwrap().published.as_ref(), Some(&test.content));
}

#[tokio::test]
async fn a_small_file_survives_breaks_and_a_lost_answer() {
    let test = Test::new(500_000).await;
    test.server.lock().unwrap().cut_after = VecDeque::from([0, 300_000]);
    assert!(!test.upload(UploadOptions::default()).await.unwrap().already_there);
    assert_eq!(test.server.lock().unwrap().published.as_ref(), Some(&test.content));

    let test = Test::new(500_000).await;
    test.server.lock().unwrap().lose_last_answer = true;
    let uploaded = test.upload(UploadOptions::default()).await.unwrap();
    assert!(!uploaded.already_there, "it was this very upload");
}

#[tokio::test]
async fn a_server_that_was_never_there_is_not_waited_for() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    for size in [10, 3_000_000] {
        let mut test = Test::new(size).await;
        test.client = Client::new(base.parse().unwrap(), None).unwrap();
        let error = test.upload(UploadOptions::default()).await.unwrap_err();
        assert!(error.to_string().starts_with("cannot reach"), "{error}");
    }
}

#[tokio::test]
async fn broken_connections_are_mended_from_where_the_server_stands() {
    let test = Test::new(5_000_000).await;
    let cuts = [700_001, 10, 1_500_000, 0, 900_000];
    test.server.lock().unwrap().cut_after = VecDeque::from(cuts);
    let uploaded = test.upload(UploadOptions::default()).await.unwrap();
    assert_eq!(uploaded.media.sha256, test.sha256());
    let server = test.server.lock().unwrap();
    assert!(server.cut_after.is_empty(), "not every break happened");
    assert_eq!(server.published.as_ref(), Some(&test.content));
    assert_eq!(server.received, test.content.len(), "bytes that the server had were sent again");
}

#[tokio::test]
async fn giving_up_comes_after_the_named_number_of_retries() {
    let test = Test::new(2_000_000).await;
    test.server.lock().unwrap().cut_after = VecDeque::from([0; 10]);
    let options = UploadOptions { retries: 1, ..UploadOptions::default() };
    let error = test.upload(options).await.unwrap_err();
    assert!(error.is_transient(), "{error}");
    assert_eq!(test.server.lock().unwrap().cut_after.len(), 8);
}

#[tokio::test]
async fn a_broken_look_at_what_is_there_is_repeated() {
    let test = Test::new(1_200_000).await;
    test.server.lock().unwrap().cut_looks = 2;
    test.upload(UploadOptions::default()).await.unwrap();
    assert_eq!(test.server.lock().unwrap().cut_looks, 0);
}

#[tokio::test]
async fn a_lost_answer_to_the_last_piece_is_no_failure() {
    let test = Test::new(2_000_000).await;
    test.server.lock().unwrap().lose_last_answer = true;
    let uploaded = test.upload(UploadOptions::default()).await.unwrap();
    assert_eq!(uploaded.media.sha256, test.sha256());
}

#[tokio::test]
async fn an_earlier_upload_is_gone_on_with() {
    let test = Test::new(4_000_000).await;
    test.server.lock().unwrap().upload = Some(test.content[..2_500_000].to_vec());
    let options = UploadOptions { resume: Some(LOCATION.into()), ..UploadOptions::default() };
    test.upload(options).await.unwrap();
    let server = test.server.lock().unwrap();
    assert_eq!(server.published.as_ref(), Some(&test.content));
    assert_eq!((server.received, server.created), (1_500_000, 0));
}

#[tokio::test]
async fn an_earlier_upload_that_expired_starts_anew() {
    let test = Test::new(2_000_000).await;
    let options = UploadOptions { resume: Some(LOCATION.into()), ..UploadOptions::default() };
    test.upload(options).await.unwrap();
    assert_eq!(test.server.lock().unwrap().created, 1);
}

#[tokio::test]
async fn the_same_content_is_not_sent_again() {
    let test = Test::new(1_200_000).await;
    test.server.lock().unwrap().published = Some(test.content.clone());
    let uploaded = test.upload(UploadOptions::default()).await.unwrap();
    assert!(uploaded.already_there);
    assert_eq!(test.server.lock().unwrap().created, 0);
}

#[tokio::test]
async fn other_content_is_a_conflict_unless_replaced() {
    let test = Test::new(1_200_000).await;
    for other in [vec![0; 1_200_000], vec![0; 7]] {
        test.server.lock().unwrap().published = Some(other);
        let error = test.upload(UploadOptions::default()).await.unwrap_err();
        assert!(matches!(error, UploadError::NameTaken(_)), "{error}");
    }
    let options = UploadOptions { replace: true, ..UploadOptions::default() };
    test.upload(options).await.unwrap();
    assert_eq!(test.server.lock().unwrap().published.as_ref(), Some(&test.content));
}

#[tokio::test]
async fn a_refusal_in_the_middle_is_heard() {
    let test = Test::new(30_000_000).await;
    test.server.lock().unwrap().full = true;
    let error = test.upload(UploadOptions::default()).await.unwrap_err();
    let UploadError::Client(error) = error else { panic!("{error}") };
    assert_eq!(error.code(), Some(ErrorCode::NoSpace), "{error}");
}

#[tokio::test]
async fn other_content_on_the_server_is_noticed() {
    let test = Test::new(2_000_000).await;
    test.server.lock().unwrap().corrupts = true;
    let error = test.upload(UploadOptions::default()).await.unwrap_err();
    assert!(matches!(error, UploadError::HashMismatch { .. }), "{error}");
}

struct Test {
    file: tempfile::NamedTempFile,
    content: Vec<u8>,
    client: Client,
    server: Arc<Mutex<Server>>,
}

impl Test {
    async fn new(size: usize) -> Self {
        let content: Vec<u8> = (0..size).map(|i| (i * 31 / 7) as u8).collect();
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&content).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        let server = Arc::new(Mutex::new(Server { length: size, ..Server::default() }));
        let shared = Arc::clone(&server);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, Arc::clone(&shared)));
            }
        });
        Self { file, content, client: Client::new(base, None).unwrap(), server }
    }

    async fn upload(&self, options: UploadOptions) -> Result<Uploaded, UploadError> {
        let name = "film.mp4".parse().unwrap();
        self.client.upload(self.file.path(), &name, &options, Arc::new(|_| {})).await
    }

    fn sha256(&self) -> String {
        hex::encode(Sha256::digest(&self.content))
    }
}

#[derive(Debug)]
struct Patch {
    length: usize,
    named_hash: bool,
}

/// A tus server of one file, and how it misbehaves.
#[derive(Default)]
struct Server {
    length: usize,
    upload: Option<Vec<u8>>,
    published: Option<Vec<u8>>,
    requests: usize,
    created: usize,
    received: usize,
    patches: Vec<Patch>,
    /// After so many bytes of a PATCH the connection is cut; one entry for each.
    cut_after: VecDeque<usize>,
    /// So many looks at the media are cut off.
    cut_looks: usize,
    lose_last_answer: bool,
    corrupts: bool,
    full: bool,
}

struct Request {
    method: String,
    path: String,
    headers: String,
    body: Vec<u8>,
}

impl Request {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    fn number(&self, name: &str) -> usize {
        self.header(name).map_or(0, |value| value.parse().unwrap())
    }
}

async fn answer(mut stream: TcpStream, server: Arc<Mutex<Server>>) {
    let mut request = read_head(&mut stream).await;
    let length = request.number("content-length");
    if request.method == "PATCH" && server.lock().unwrap().full {
        // As a server does that will not take the rest: answer at once and hang up.
        let text = error(507, "no_space");
        let _ = stream.write_all(text.as_bytes()).await;
        return;
    }
    if request.method == "GET" {
        let looks = &mut server.lock().unwrap().cut_looks;
        if *looks > 0 {
            *looks -= 1;
            return;
        }
    }
    let cut = match request.method.as_str() {
        "PATCH" => server.lock().unwrap().cut_after.pop_front(),
        "POST" if length > 0 => server.lock().unwrap().cut_after.pop_front(),
        _ => None,
    };
    let wanted = length.min(cut.unwrap_or(usize::MAX));
    // More may have come along with the head.
    request.body.truncate(wanted);
    while request.body.len() < wanted {
        let mut buffer = vec![0; (wanted - request.body.len()).min(64 << 10)];
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => break,
            Ok(n) => request.body.extend_from_slice(&buffer[..n]),
        }
    }
    if cut.is_some() && request.method == "POST" {
        return; // of half a file nothing is kept
    }
    let answer = server.lock().unwrap().handle(&request);
    if cut.is_none()
        && let Some(answer) = answer
    {
        let _ = stream.write_all(answer.as_bytes()).await;
        let _ = stream.shutdown().await;
    }
}

async fn read_head(stream: &mut TcpStream) -> Request {
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
            ("POST", paths::UPLOADS) if !request.body.is_empty() => return self.whole(request),
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

    fn whole(&mut self, request: &Request) -> Option<String> {
        if self.published.is_some() {
            return Some(error(409, "conflict"));
        }
        assert_eq!(request.number(tus::UPLOAD_LENGTH), request.body.len());
        self.published = Some(request.body.clone());
        if std::mem::take(&mut self.lose_last_answer) {
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
        self.patches.push(Patch { length: request.body.len(), named_hash: hash.is_some() });
        self.received += request.body.len();
        upload.extend_from_slice(&request.body);
        let offset = upload.len();
        if offset == self.length
            && let Some(mut whole) = self.upload.take()
        {
            assert_eq!(hash, Some(hex::encode(Sha256::digest(&whole))));
            if self.corrupts {
                whole[0] ^= 1;
            }
            self.published = Some(whole);
            if std::mem::take(&mut self.lose_last_answer) {
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
