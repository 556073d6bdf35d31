//! The OpenAPI document, checked by schemathesis: it generates requests from the document, and
//! compares the responses with it.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

use std::path::Path;
use std::process::Command;

use ginflix_tests::binaries;
use ginflix_tests::server::{Server, TOKEN};
use serde_json::Value;

/// The checks of schemathesis: no 5xx, and no status, content type, header field or content that
/// the document does not describe.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
    response_headers_conformance,response_schema_conformance";

/// Makes schemathesis send these content types, which it does not know, as plain bytes.
const HOOKS: &str = r#"
import schemathesis
schemathesis.serializer.alias(["application/offset+octet-stream", "application/x-ndjson"], "application/octet-stream")
"#;

/// Runs schemathesis on the operations that `filter` selects; it must find no fault. `parameters` is
/// a section of its settings with values that exist.
fn assert_conforms(server: &Server, folder: &Path, parameters: &str, filter: &[&str]) {
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
    let report = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{report}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(report.contains("No issues found"), "{report}");
}

#[tokio::test]
async fn responses_conform_to_the_document() {
    let server = Server::start();
    server.put_media("film.mp4", ginflix_tests::http::noise(10_000, 1)).await;
    let movie = server.add_movie("Film", "film.mp4").await;
    let id = movie.id;
    let folder = tempfile::TempDir::new().unwrap();
    let parameters = format!(
        "[parameters]\n\"path.id\" = \"{id}\"\n\"path.movie\" = \"{id}\"\n\"path.name\" = \"film.mp4\"\n"
    );
    // The operations that would remove the movie run last, and without its parameters.
    let removals = "^(movies|media|posters)_remove$";
    assert_conforms(
        &server,
        folder.path(),
        &parameters,
        &["--exclude-operation-id-regex", removals],
    );
    assert_conforms(&server, folder.path(), "", &["--include-operation-id-regex", removals]);
    assert!(!server.log().contains("panicked"), "{}", server.log());
}

#[tokio::test]
async fn anonymous_clients_may_read_the_document() {
    let server = Server::start_with(&["--access", "private"]);
    let request = server.anonymous(reqwest::Method::GET, "/api/v1/openapi.json");
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200);
    let document: Value = response.json().await.unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    assert!(document["paths"]["/stream/{name}"]["get"].is_object());
}
