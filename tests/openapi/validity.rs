//! The document itself: it must be valid OpenAPI, and good by the rules of Redocly.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use ginflix_tests::server::Server;
use ginflix_tests::{binaries, exceptions};
use serde_json::Value;

/// Gets the document without credentials, from a private cluster, and stores it in a folder.
async fn download(folder: &Path) -> PathBuf {
    let server = Server::start_with(&["--access", "private"]);
    let request = server.anonymous(reqwest::Method::GET, "/api/v1/openapi.json");
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200);
    let file = folder.join("openapi.json");
    std::fs::write(&file, response.bytes().await.unwrap()).unwrap();
    file
}

#[tokio::test]
async fn the_document_is_valid() {
    let folder = tempfile::tempdir().unwrap();
    let document = download(folder.path()).await;
    let program = binaries::cache().join("openapi-spec-validator/bin/openapi-spec-validator");
    assert!(program.exists(), "the validator is missing: run `scripts/setup test`");
    let output = Command::new(program)
        .args(["--schema", "3.1", "--validation-errors", "all"])
        .arg(document)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[tokio::test]
#[ignore = "needs redocly; make test-security runs it"]
async fn the_document_follows_the_recommended_rules() {
    let folder = tempfile::tempdir().unwrap();
    let document = download(folder.path()).await;
    let program = binaries::cache().join("redocly/node_modules/.bin/redocly");
    assert!(program.exists(), "redocly is missing: run `scripts/setup node security`");
    let output = Command::new(program)
        .args(["lint", "--extends", "recommended", "--format", "json", "--max-problems", "1000"])
        .arg(document)
        .current_dir(folder.path())
        // Otherwise it asks its maker for a newer version, and reports its use.
        .envs([("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true"), ("REDOCLY_TELEMETRY", "off")])
        .output()
        .unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!("redocly: {error}: {}", String::from_utf8_lossy(&output.stderr))
    });
    let problems = report["problems"].as_array().unwrap();
    let findings = problems.iter().map(|problem| {
        let (rule, place) = (&problem["ruleId"], &problem["location"][0]["pointer"]);
        format!("{}: {}", rule.as_str().unwrap(), place.as_str().unwrap())
    });
    exceptions::assert_only_accepted("redocly", &findings.collect::<BTreeSet<_>>());
}
