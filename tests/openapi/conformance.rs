//! Responses: they are as the document describes them.

use ginflix_api::account::LoggedIn;
use ginflix_api::paths;
use ginflix_tests::http::noise;
use ginflix_tests::server::{PASSWORD, Server, TOKEN};
use reqwest::Method;
use serde_json::json;

use super::schemathesis::Run;

/// No 5xx, and no status, content type, header field or content that the document does not describe.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
    response_headers_conformance,response_schema_conformance";
/// All checks but two: the rules of some values cannot be expressed in the document, such as those of
/// cursors and dates, so that the server may refuse what conforms to it; and the settings give all paths the id of the
/// movie, so that what was just created is not found by it.
const DEEP_CHECKS: [&str; 2] = ["all", "positive_data_acceptance,ensure_resource_availability"];
/// The most requests of a phase to one operation in depth.
const DEEP_EXAMPLES: u32 = 40;
/// The operations that would remove the movie.
const REMOVALS: &str = "^(movies|media|posters)_remove$";

/// Adds a movie, and returns the section of settings that names it.
async fn add_movie(server: &Server) -> String {
    server.put_media("film.mp4", noise(10_000, 1)).await;
    let id = server.add_movie("Film", "film.mp4").await.id;
    format!(
        "[parameters]\n\"path.id\" = \"{id}\"\n\"path.movie\" = \"{id}\"\n\"path.name\" = \"film.mp4\"\n"
    )
}

#[tokio::test]
async fn responses_conform_to_the_document() {
    let server = Server::start();
    let parameters = add_movie(&server).await;
    let authorization = format!("Authorization: Bearer {TOKEN}");
    // The operations that would remove the movie run last, and without its parameters.
    for (parameters, filter) in [
        (parameters.as_str(), "--exclude-operation-id-regex"),
        ("", "--include-operation-id-regex"),
    ] {
        let phases = ["--phases", "examples,coverage,fuzzing"];
        let arguments = [&phases[..], &["--header", &authorization, filter, REMOVALS]].concat();
        let run = Run {
            server: &server,
            parameters,
            max_examples: 8,
            checks: CHECKS,
            arguments: &arguments,
        };
        run.assert_no_fault();
    }
}

/// The operations of the own account refuse the token of the cluster, so they get a session.
#[tokio::test]
async fn responses_to_accounts_conform_to_the_document() {
    let server = Server::start();
    let parameters = add_movie(&server).await;
    let login = json!({ "name": "admin", "password": PASSWORD });
    let login = server.anonymous(Method::POST, paths::SESSION).json(&login).send().await.unwrap();
    let session: LoggedIn = login.json().await.unwrap();
    let authorization = format!("Authorization: Bearer {}", session.token);
    let operations = "^(account|watching|own)_";
    let run = Run {
        server: &server,
        parameters: &parameters,
        max_examples: 8,
        checks: CHECKS,
        arguments: &[
            "--phases",
            "examples,coverage,fuzzing",
            "--header",
            &authorization,
            "--include-operation-id-regex",
            operations,
        ],
    };
    run.assert_no_fault();
}

/// Runs every phase and nearly all checks.
fn assert_conforms_in_depth(server: &Server, parameters: &str, arguments: &[&str]) {
    let [checks, excluded] = DEEP_CHECKS;
    let arguments = [arguments, &["--exclude-checks", excluded]].concat();
    let max_examples = DEEP_EXAMPLES;
    Run { server, parameters, max_examples, checks, arguments: &arguments }.assert_no_fault();
}

#[tokio::test]
#[ignore = "takes minutes; make test-security runs it"]
async fn administrators_find_no_fault_in_depth() {
    let server = Server::start();
    let parameters = add_movie(&server).await;
    let authorization = format!("Authorization: Bearer {TOKEN}");
    let header = ["--header", &authorization];
    let kept = [&header[..], &["--exclude-operation-id-regex", REMOVALS]].concat();
    assert_conforms_in_depth(&server, &parameters, &kept);
    assert_conforms_in_depth(&server, "", &header);
}

#[tokio::test]
#[ignore = "takes minutes; make test-security runs it"]
async fn anonymous_clients_find_no_fault_in_depth() {
    let server = Server::start();
    let parameters = add_movie(&server).await;
    assert_conforms_in_depth(&server, &parameters, &[]);
}

#[tokio::test]
#[ignore = "takes minutes; make test-security runs it"]
async fn clients_of_a_private_cluster_find_no_fault_in_depth() {
    let server = Server::start_with(&["--access", "private"]);
    let parameters = add_movie(&server).await;
    assert_conforms_in_depth(&server, &parameters, &[]);
}
