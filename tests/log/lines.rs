//! Each request has one line of limited length, whatever the client sends.

use std::fs::{self, File};
use std::io::Write;

use ginflix_tests::http;
use ginflix_tests::server::Server;
use ginflix_tests::wait;
use ginflix_wire::Response;
use reqwest::Method;
use tempfile::NamedTempFile;

use crate::running::{RunningServer, STEP_TIMEOUT, ServerBuilder};

/// The length in bytes that no line may reach.
const LINE_LIMIT: usize = 1024;
/// The beginnings of paths, each followed by a long part.
const ROUTES: [&str; 10] = [
    "/",
    "/stream/",
    "/api/v1/movies/",
    "/api/v1/media/",
    "/api/v1/uploads/",
    "/api/v1/session/",
    "/api/v1/nothing/",
    "/movies/",
    "/admin/",
    "/peer/",
];

/// Starts a server that logs to a file in this format.
fn start_with_log(format: &str) -> (NamedTempFile, RunningServer) {
    let log = NamedTempFile::new().unwrap();
    let stderr = File::options().append(true).open(log.path()).unwrap();
    (log, ServerBuilder::with(&["--log-format", format]).run(stderr))
}

/// Returns the ID of the request, which its line in the log also has.
fn request_id(response: &Response) -> Option<&str> {
    response.header("x-request-id")
}

/// Waits until all of these requests are logged. Returns the log.
fn wait_for_lines(log: &NamedTempFile, ids: &[String]) -> String {
    let log = wait::until(STEP_TIMEOUT, "the requests in the log", || {
        let text = fs::read_to_string(log.path()).unwrap();
        ids.iter().all(|id| text.contains(id)).then_some(text)
    });
    for id in ids {
        assert_eq!(log.matches(id.as_str()).count(), 1, "{id} in {log}");
    }
    log
}

async fn long_paths_make_short_lines(format: &str, is_valid: impl Fn(&str) -> bool) {
    let (log, running) = start_with_log(format);
    let before = fs::metadata(log.path()).unwrap().len() as usize;
    let mut ids = Vec::new();
    let mut path_bytes = 0;
    let long_method = "M".repeat(8000);
    let methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", &long_method];
    for (number, route) in (0..).zip(ROUTES.iter().cycle().take(240)) {
        let length = [8 << 10, 20_000, 60_000][number % 3];
        let path = format!("{route}{}", "%0aINFO%0d".repeat(length / 10));
        path_bytes += path.len();
        let response = running.request(methods[number % methods.len()], &path);
        ids.extend(request_id(&response).map(str::to_owned));
    }
    let client = http::client_builder().http2_prior_knowledge().build().unwrap();
    for route in ROUTES {
        let url = running.url(&format!("{route}{}", "a%0a".repeat(2000)));
        let response = client.request(Method::GET, url).send().await.unwrap();
        ids.push(http::header(&response, "x-request-id"));
    }
    assert!(ids.len() > 200, "only {} requests were logged", ids.len());
    let text = wait_for_lines(&log, &ids);
    let bytes = text.len() - before;
    assert!(
        bytes < ids.len() * LINE_LIMIT,
        "{bytes} bytes of log for {path_bytes} bytes of the paths of {} requests",
        ids.len()
    );
    for line in text.lines() {
        assert!(line.len() < LINE_LIMIT && is_valid(line), "{line}");
    }
}

fn is_text(line: &str) -> bool {
    let Some((time, rest)) = line.split_once(' ') else { return false };
    let levels = ["ERROR", " WARN", " INFO"];
    time.parse::<jiff::Timestamp>().is_ok() && levels.iter().any(|level| rest.starts_with(level))
}

fn is_json(line: &str) -> bool {
    serde_json::from_str::<serde_json::Value>(line).is_ok_and(|line| line["level"].is_string())
}

/// How many connections are refused.
const REFUSED: usize = 60;

#[test]
fn refused_connections_have_one_line_together() {
    let server = Server::start_with(&["--max-connections", "2"]);
    let busy = [(); 2].map(|()| {
        // The connection that asked whether the server is ready may still count.
        wait::until(STEP_TIMEOUT, "a place for a connection", || {
            let mut stream = ginflix_wire::connect(server.address());
            stream.write_all(ginflix_wire::request("GET", "/healthz", "").as_bytes()).unwrap();
            (Response::read_sized(&mut stream).status == 200).then_some(stream)
        })
    });
    for _ in 0..REFUSED {
        let response = ginflix_wire::exchange(server.address(), &ginflix_wire::get("/healthz"));
        assert_eq!(response.status, 503, "{response:?}");
    }
    let log = server.log_with("refused");
    let lines = log.lines().filter(|line| line.contains("refused"));
    assert_eq!(lines.count(), 1, "{log}");
    drop(busy);
}

#[tokio::test]
async fn long_paths_make_short_lines_of_text() {
    long_paths_make_short_lines("human", is_text).await;
}

#[tokio::test]
async fn long_paths_make_short_lines_of_json() {
    long_paths_make_short_lines("json", is_json).await;
}

#[test]
fn a_long_path_is_cut_and_followed_by_its_length() {
    let (log, running) = start_with_log("human");
    let path = format!("/{}", "a".repeat(9999));
    let response = running.get(&path);
    let text = wait_for_lines(&log, &[request_id(&response).unwrap().to_owned()]);
    let shown = format!("path=\"{}… (10000 bytes)\"", &path[..256]);
    assert!(text.contains(&shown), "{text}");
}

/// Sends characters that some programs accept in a request line and others do not.
#[test]
fn no_client_can_break_or_forge_a_line() {
    for (format, is_valid) in [("human", is_text as fn(&str) -> bool), ("json", is_json)] {
        let (log, running) = start_with_log(format);
        let mut ids = Vec::new();
        let forged = "x 2026-01-01T00:00:00Z INFO forged";
        for hostile in
            ["\u{85}", "\u{2028}", "\u{9b}2J", "\u{202e}", "\"", "\\", "\u{7f}", "é", "\t"]
        {
            for path in [format!("/{hostile}{forged}").replace(' ', "_"), format!("/?{hostile}")] {
                let response = running.get(&path);
                ids.extend(request_id(&response).map(str::to_owned));
            }
        }
        let response = running.get("/last");
        ids.extend(request_id(&response).map(str::to_owned));
        let text = wait_for_lines(&log, &ids);
        for line in text.lines() {
            assert!(is_valid(line), "{format}: {line:?}");
            let is_unsafe = |c: char| c.is_control() || ('\u{2028}'..='\u{202e}').contains(&c);
            assert!(!line.contains(is_unsafe), "{format}: {line:?}");
        }
    }
}
