//! Uploads to a cluster with several streamers.

use ginflix_api::error::ErrorCode;
use ginflix_api::{paths, tus};
use ginflix_tests::cli::Cli;
use ginflix_tests::fleet::{Fleet, sha256_of_file};
use ginflix_tests::gateway::Gateway;
use ginflix_tests::http::{expect_error, header, noise};
use ginflix_tests::server::TOKEN;
use reqwest::Method;

use super::{LENGTH, NAME};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_resumes_through_any_streamer() {
    let fleet = Fleet::start(3).await;
    let bytes = noise(LENGTH, 6);
    let [zero, one, two] = &fleet.streamers[..] else { panic!("not three streamers") };
    let created = zero.create_upload(NAME, LENGTH as u64, "").send().await.unwrap();
    let location = header(&created, "location");
    let half = LENGTH / 2;
    let first = one.patch_upload(&location, 0, bytes[..half].to_vec()).send().await.unwrap();
    assert_eq!(first.status(), 204, "{}", first.text().await.unwrap());
    assert_eq!(header(&first, "tus-resumable"), tus::VERSION);
    for streamer in &fleet.streamers {
        let head = streamer.head_upload(&location).send().await.unwrap();
        assert_eq!(head.status(), 200);
        assert_eq!(header(&head, "upload-offset"), half.to_string());
        assert_eq!(header(&head, "upload-length"), LENGTH.to_string());
    }
    // Errors of the streamer that owns the upload also have the usual form.
    let wrong = two.patch_upload(&location, 1, vec![1]);
    let message = expect_error(wrong, 409, ErrorCode::Conflict).await;
    assert!(message.contains(&half.to_string()), "{message}");
    let rest = two.patch_upload(&location, half as u64, bytes[half..].to_vec());
    assert_eq!(rest.send().await.unwrap().status(), 204);
    fleet.wait_until_replicated(NAME, &bytes).await;
    let entries = fleet.web.json(paths::AUDIT).await;
    let finished = entries["items"].as_array().unwrap().iter();
    let finished: Vec<_> = finished.filter(|entry| entry["action"] == "uploads.finish").collect();
    assert_eq!(finished.len(), 1, "{entries}");
    assert_eq!(finished[0]["who"], "cluster");

    let created = zero.create_upload("gone.mp4", 10, "").send().await.unwrap();
    let location = header(&created, "location");
    let discard = one.admin(Method::DELETE, &location).header(tus::TUS_RESUMABLE, tus::VERSION);
    assert_eq!(discard.send().await.unwrap().status(), 204);
    assert_eq!(zero.head_upload(&location).send().await.unwrap().status(), 404);
    let anonymous =
        one.anonymous(Method::DELETE, &location).header(tus::TUS_RESUMABLE, tus::VERSION);
    expect_error(anonymous, 401, ErrorCode::Unauthenticated).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_can_wait_for_its_replicas() {
    let fleet = Fleet::start(2).await;
    let cli = Cli::new();
    let file = cli.file(NAME, noise(LENGTH, 12));
    let gateway = Gateway::start(&fleet);
    fleet.wait_until_all_live().await;
    let upload = |replicas: &str| {
        let args = ["--server", gateway.url(), "upload", file.to_str().unwrap()];
        let more = ["--replicas", replicas, "--any-type"];
        cli.run_with(&[&args[..], &more[..]].concat(), &[("GINFLIX_TOKEN", TOKEN)])
    };
    upload("2").expect_success();
    assert_eq!(
        sha256_of_file(&fleet.media_path(0, NAME)),
        sha256_of_file(&fleet.media_path(1, NAME))
    );
    assert!(fleet.whole_replicas(NAME).await >= 2);
    // More replicas than streamers are refused before the upload.
    upload("3").expect_failure(2).expect_stderr("2 streamers");
}
