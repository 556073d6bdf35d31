//! The OpenAPI document as schemathesis sees it: a tester that this project did
//! not write makes up requests by the document, and holds the answers against it.

#![allow(clippy::unwrap_used)] // a test that cannot go on says where

use std::path::Path;
use std::process::Command;

use ginflix_tests::binaries;
use ginflix_tests::server::{Server, TOKEN};
use serde_json::Value;

/// No 5xx, no status, type, header or body that the document does not have.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
    response_headers_conformance,response_schema_conformance";

/// schemathesis does not know these types; to it they are mere bytes.
const HOOKS: &str = r#"
import schemathesis
schemathesis.serializer.alias(["application/offset+octet-stream", "application/x-ndjson"], "application/octet-stream")
"#;

/// Drives the operations that `filter` leaves, with parameters that lead
/// somewhere where there are any.
fn drive(server: &Server, folder: &Path, parameters: &str, filter: &[&str]) {
    let program = binaries::cache().join("schemathesis/bin/schemathesis");
    assert!(
        program.exists(),
        "schemathesis is missing: run `scripts/setup test`, which installs it"
    );
    std::fs::write(folder.join("hooks.py"), HOOKS).unwrap();
    let settings = format!("hooks = \"hooks.py\"\nwarnings = false\n{parameters}");
    std::fs::write(folder.join("schemathesis.toml"), settings).unwrap();
    let output = Command::new(program)
        .args(["run", &server.url("/api/v1/openapi.json"), "--seed", "1", "--max-examples", "8"])
        .args(["--phases", "examples,coverage,fuzzing", "--checks", CHECKS, "--no-shrink"])
        .args(["--continue-on-failure", "--workers", "2"])
        .args(["--header", &format!("Authorization: Bearer {TOKEN}")])
        .args(filter)
        .current_dir(folder)
        .env("PYTHONPATH", folder)
        .env("NO_PROXY", "*")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("No issues found"), "{said}");
}

#[tokio::test]
async fn answers_are_those_of_the_document() {
    let server = Server::start();
    server.put_media("film.mp4", ginflix_tests::http::noise(10_000, 1)).await;
    let movie = server.add_movie("Film", "film.mp4").await;
    let id = movie.id;
    let folder = tempfile::TempDir::new().unwrap();
    let parameters = format!(
        "[parameters]\n\"path.id\" = \"{id}\"\n\"path.movie\" = \"{id}\"\n\"path.name\" = \"film.mp4\"\n"
    );
    // What removes the film comes last, and without any parameter that leads to it.
    let removes = "^(movies|media|posters)_remove$";
    drive(&server, folder.path(), &parameters, &["--exclude-operation-id-regex", removes]);
    drive(&server, folder.path(), "", &["--include-operation-id-regex", removes]);
    assert!(!server.log().contains("panicked"), "{}", server.log());
}

#[tokio::test]
async fn the_document_is_open_to_all() {
    let server = Server::start_with(&["--access", "private"]);
    let answer =
        server.anonymous(reqwest::Method::GET, "/api/v1/openapi.json").send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let document: Value = answer.json().await.unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    assert!(document["paths"]["/stream/{name}"]["get"].is_object());
}
