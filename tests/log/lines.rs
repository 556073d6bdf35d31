//! Whatever clients send, each request has one line, of limited length.

use std::fs::{self, File};

use ginflix_tests::http;
use ginflix_tests::wait;
use ginflix_wire::Response;
use reqwest::Method;
use tempfile::NamedTempFile;

use crate::running::{DEADLINE, Running, Start};

/// Bytes of the log that a request may take.
const LINE_LIMIT: usize = 1024;
/// Where requests go, each followed by a long part.
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

/// A server that logs to a file in this format.
fn logging(format: &str) -> (NamedTempFile, Running) {
    let log = NamedTempFile::new().unwrap();
    let stderr = File::options().append(true).open(log.path()).unwrap();
    (log, Start::with(&["--log-format", format]).run(stderr))
}

/// The id under which an answer says that its request is logged.
fn request_id(response: &Response) -> Option<&str> {
    response.header("x-request-id")
}

/// Waits until all of these requests are logged; the log then.
fn wait_for(log: &NamedTempFile, ids: &[String]) -> String {
    let last = wait::until(DEADLINE, "the last requests in the log", || {
        let text = fs::read_to_string(log.path()).unwrap();
        ids.iter().all(|id| text.contains(id)).then_some(text)
    });
    for id in ids {
        assert_eq!(last.matches(id.as_str()).count(), 1, "{id} in {last}");
    }
    last
}

async fn long_paths_make_short_lines(format: &str, is_whole: impl Fn(&str) -> bool) {
    let (log, running) = logging(format);
    let before = fs::metadata(log.path()).unwrap().len() as usize;
    let mut ids = Vec::new();
    let mut sent = 0;
    let long_method = "M".repeat(8000);
    let methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", &long_method];
    for (number, route) in (0..).zip(ROUTES.iter().cycle().take(240)) {
        let length = [8 << 10, 20_000, 60_000][number % 3];
        let path = format!("{route}{}", "%0aINFO%0d".repeat(length / 10));
        sent += path.len();
        let answer = running.answer(methods[number % methods.len()], &path);
        ids.extend(request_id(&answer).map(str::to_owned));
    }
    let client = http::client_builder().http2_prior_knowledge().build().unwrap();
    for route in ROUTES {
        let url = running.url(&format!("{route}{}", "a%0a".repeat(2000)));
        let answer = client.request(Method::GET, url).send().await.unwrap();
        ids.push(http::header(&answer, "x-request-id"));
    }
    assert!(ids.len() > 200, "only {} requests came so far that they are logged", ids.len());
    let text = wait_for(&log, &ids);
    let bytes = text.len() - before;
    assert!(bytes < ids.len() * LINE_LIMIT, "{bytes} bytes for {sent} bytes of {}", ids.len());
    for line in text.lines() {
        assert!(line.len() < LINE_LIMIT && is_whole(line), "{line}");
    }
}

fn is_for_people(line: &str) -> bool {
    let Some((time, rest)) = line.split_once(' ') else { return false };
    let levels = ["ERROR", " WARN", " INFO"];
    time.parse::<jiff::Timestamp>().is_ok() && levels.iter().any(|level| rest.starts_with(level))
}

fn is_json(line: &str) -> bool {
    serde_json::from_str::<serde_json::Value>(line).is_ok_and(|line| line["level"].is_string())
}

#[tokio::test]
async fn long_paths_make_short_lines_for_people() {
    long_paths_make_short_lines("human", is_for_people).await;
}

#[tokio::test]
async fn long_paths_make_short_lines_of_json() {
    long_paths_make_short_lines("json", is_json).await;
}

#[test]
fn a_long_path_says_how_long_it_is() {
    let (log, running) = logging("human");
    let path = format!("/{}", "a".repeat(9999));
    let answer = running.get(&path);
    let text = wait_for(&log, &[request_id(&answer).unwrap().to_owned()]);
    let shown = format!("path=\"{}… (10000 bytes)\"", &path[..256]);
    assert!(text.contains(&shown), "{text}");
}

/// Bytes that a request line may have by the grammar of some programs and not by that of others.
#[test]
fn no_client_breaks_or_forges_a_line() {
    for (format, is_whole) in [("human", is_for_people as fn(&str) -> bool), ("json", is_json)] {
        let (log, running) = logging(format);
        let mut ids = Vec::new();
        let forged = "x 2026-01-01T00:00:00Z INFO forged";
        for hostile in
            ["\u{85}", "\u{2028}", "\u{9b}2J", "\u{202e}", "\"", "\\", "\u{7f}", "é", "\t"]
        {
            for path in [format!("/{hostile}{forged}").replace(' ', "_"), format!("/?{hostile}")] {
                let answer = running.get(&path);
                ids.extend(request_id(&answer).map(str::to_owned));
            }
        }
        let answer = running.get("/last");
        ids.extend(request_id(&answer).map(str::to_owned));
        let text = wait_for(&log, &ids);
        for line in text.lines() {
            assert!(is_whole(line), "{format}: {line:?}");
            let moves = |c: char| c.is_control() || ('\u{2028}'..='\u{202e}').contains(&c);
            assert!(!line.contains(moves), "{format}: {line:?}");
        }
    }
}
