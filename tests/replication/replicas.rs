//! Replicas: their creation, replacement, removal, resumption and repair.

use std::fs;
use std::os::unix::fs::FileExt;
use std::path::Path;

use ginflix_api::error::ErrorCode;
use ginflix_api::paths;
use ginflix_api::replica::ReplicaState;
use ginflix_tests::cli::Cli;
use ginflix_tests::fleet::{CONVERGENCE_TIMEOUT, Fleet, sha256_of_file};
use ginflix_tests::http::{expect_error, header, noise, sha256};
use ginflix_tests::server::TOKEN;
use ginflix_tests::wait;
use reqwest::Method;
use rustix::fs::{CWD, FileType, Mode, mknodat};

use super::{LENGTH, NAME, PATH};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_streamer_gets_replaces_and_removes_a_media_file() {
    let fleet = Fleet::start(3).await;
    let bytes = noise(LENGTH, 1);
    fleet.upload(0, NAME, &bytes).await;
    fleet.wait_until_replicated(NAME, &bytes).await;
    let listed = fleet.listed_media(NAME).await.unwrap();
    let replication = listed.replication.unwrap();
    assert_eq!((replication.wanted, replication.whole), (3, 3));
    assert!(!fleet.web.volume().join("media").exists(), "a web server has no volume");

    assert_responses_are_equal(&fleet).await;

    // An upload of the same name replaces the content everywhere.
    let other = noise(LENGTH / 2, 2);
    let streamer = &fleet.streamers[1];
    let conflicting = streamer.create_upload(NAME, other.len() as u64, "");
    expect_error(conflicting, 409, ErrorCode::Conflict).await;
    let created = streamer.create_upload(NAME, other.len() as u64, ",replace dHJ1ZQ==");
    let location = header(&created.send().await.unwrap(), "location");
    let done = streamer.patch_upload(&location, 0, other.clone()).send().await.unwrap();
    assert_eq!(done.status(), 204);
    fleet.wait_until_replicated(NAME, &other).await;

    let status = fleet.web.json(paths::STATUS).await;
    let streamers = status["streamers"].as_array().unwrap();
    assert_eq!(streamers.len(), 3);
    for streamer in streamers {
        assert_eq!((&streamer["is_live"], &streamer["lagging_media"]), (&true.into(), &0.into()));
        assert!(streamer["free_bytes"].as_u64().unwrap() > 0);
    }

    let path = paths::media(&NAME.parse().unwrap());
    let removed = fleet.web.admin(Method::DELETE, &path).send().await.unwrap();
    assert_eq!(removed.status(), 204);
    wait::until(CONVERGENCE_TIMEOUT, "all replicas to be removed", || {
        (0..3).all(|number| !fleet.media_path(number, NAME).exists()).then_some(())
    });
    for streamer in &fleet.streamers {
        expect_error(streamer.anonymous(Method::GET, PATH), 404, ErrorCode::NotFound).await;
    }
    assert!(fleet.listed_media(NAME).await.is_none());
}

/// Fails the test unless the three streamers send the same content and validators.
async fn assert_responses_are_equal(fleet: &Fleet) {
    let mut responses = Vec::new();
    for streamer in &fleet.streamers {
        let response = streamer.anonymous(Method::GET, PATH).send().await.unwrap();
        let fields = ["etag", "last-modified", "content-length"].map(|h| header(&response, h));
        responses.push((fields, sha256(&response.bytes().await.unwrap())));
    }
    assert_eq!(responses[0], responses[1]);
    assert_eq!(responses[0], responses[2]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_streamer_resumes_its_replication() {
    let rate = || ["--pull-rate", "2000000"].map(str::to_owned).to_vec();
    let mut fleet = Fleet::start_with(2, |n| if n == 1 { rate() } else { Vec::new() }).await;
    let bytes = noise(16 << 20, 5);
    fleet.upload(0, NAME, &bytes).await;
    let pulls = fleet.streamers[1].volume().join("pulls");
    let received = || {
        let parts = fs::read_dir(&pulls).unwrap().flatten();
        parts.filter_map(|part| part.metadata().ok()).map(|part| part.len()).sum::<u64>()
    };
    let has_some = || (received() > 1 << 20).then_some(());
    wait::until(CONVERGENCE_TIMEOUT, "some of the bytes", has_some);
    fleet.streamers[1].kill();
    let before = received();
    assert!(!fleet.media_path(1, NAME).exists(), "an incomplete replica is visible");
    fleet.streamers[1].start_again();
    assert!(received() >= before, "the received bytes were discarded");
    // It also survives a kill of the source.
    fleet.streamers[0].kill();
    fleet.streamers[0].start_again();
    fleet.wait_until_replicated(NAME, &bytes).await;
    assert_eq!(received(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_volume_is_replicated_again() {
    let mut fleet = Fleet::start(2).await;
    let files: Vec<(String, Vec<u8>)> =
        (0..4).map(|n| (format!("{n}.mp4"), noise(100_000 + n, n as u64))).collect();
    for (name, bytes) in &files {
        fleet.upload(0, name, bytes).await;
    }
    for (name, bytes) in &files {
        fleet.wait_until_replicated(name, bytes).await;
    }
    fleet.streamers[1].kill();
    fs::remove_dir_all(fleet.streamers[1].volume()).unwrap();
    fleet.streamers[1].start_again();
    for (name, bytes) in &files {
        // It serves them from its peer until it has replicas again.
        let path = paths::stream(&name.parse().unwrap());
        let response = fleet.streamers[1].anonymous(Method::GET, &path).send().await.unwrap();
        assert_eq!(sha256(&response.bytes().await.unwrap()), sha256(bytes));
    }
    for (name, bytes) in &files {
        fleet.wait_until_replicated(name, bytes).await;
    }
}

/// A catalogue that was restored or lost must not be taken for an order to delete all files.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_empty_database_deletes_no_files() {
    let fleet = Fleet::start(2).await;
    let bytes = noise(LENGTH, 8);
    fleet.upload(0, NAME, &bytes).await;
    fleet.wait_until_replicated(NAME, &bytes).await;
    fleet
        .execute_sql(
            "BEGIN; DELETE FROM media; DELETE FROM replicas; DELETE FROM streamers; \
              UPDATE media_revision SET revision = revision + 1; COMMIT",
        )
        .await;
    fleet.wait_until_replicated(NAME, &bytes).await;
    // A file that is copied into a volume by hand is recorded and replicated.
    let other = noise(LENGTH, 9);
    fs::write(fleet.media_path(1, "by-hand.mp4"), &other).unwrap();
    fleet.wait_until_replicated("by-hand.mp4", &other).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_replica_is_found_and_repaired() {
    let fleet = Fleet::start(2).await;
    let bytes = noise(LENGTH, 11);
    fleet.upload(0, NAME, &bytes).await;
    fleet.wait_until_replicated(NAME, &bytes).await;
    let (path, digest) = (fleet.media_path(1, NAME), sha256(&bytes));

    // The streamer notices a wrong size by itself.
    fs::File::options().write(true).open(&path).unwrap().set_len(1000).unwrap();
    wait::until(CONVERGENCE_TIMEOUT, "the truncated file to be replaced", || {
        (sha256_of_file(&path).as_ref() == Some(&digest)).then_some(())
    });
    fleet.wait_until_replicated(NAME, &bytes).await;

    // It finds a wrong byte only when it verifies the file: size and time are the same.
    let file = fs::File::options().write(true).open(&path).unwrap();
    let modified = file.metadata().unwrap().modified().unwrap();
    file.write_all_at(&[!bytes[77]], 77).unwrap();
    file.set_modified(modified).unwrap();
    drop(file);
    let cli = Cli::new();
    let server = fleet.web.url("");
    let repaired = cli.run_with(
        &["--server", &server, "media", "repair", NAME, "--wait"],
        &[("GINFLIX_TOKEN", TOKEN)],
    );
    repaired.expect_success();
    assert_eq!(sha256_of_file(&path), Some(digest));
    let replication = fleet.listed_media(NAME).await.unwrap().replication.unwrap();
    assert!(replication.replicas.iter().all(|r| r.state == ReplicaState::Whole && r.is_verified));
    let listed = cli.run_with(&["--server", &server, "media", "list"], &[("GINFLIX_TOKEN", TOKEN)]);
    let listed = listed.expect_success().stdout;
    assert!(listed.contains("2/2"), "{listed}");
    assert!(listed.contains("ok"), "{listed}");
    let missing = cli.run_with(
        &["--server", &server, "media", "repair", "none.mp4"],
        &[("GINFLIX_TOKEN", TOKEN)],
    );
    missing.expect_failure(3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_entry_that_cannot_be_read_stops_no_other_file() {
    let fleet = Fleet::start(2).await;
    fleet.wait_until_all_live().await;
    make_pipe(&fleet.media_path(0, "pipe.mp4"));
    let bytes = noise(LENGTH, 1);
    fleet.upload(1, NAME, &bytes).await;
    fleet.wait_until_replicated(NAME, &bytes).await;
    let named = wait::until_async(CONVERGENCE_TIMEOUT, "the pipe in the list", async || {
        let list = fleet.web.json(paths::MEDIA).await;
        list["problems"].as_array()?.first().cloned()
    })
    .await;
    assert_eq!((&named["name"], &named["streamer"]), (&"pipe.mp4".into(), &"streamer-0".into()));
    let movie = serde_json::json!({ "title": "Film", "media": "pipe.mp4" });
    let request = fleet.web.admin(Method::POST, paths::MOVIES).json(&movie);
    let message = expect_error(request, 409, ErrorCode::Conflict).await;
    assert!(message.contains("it is a named pipe; remove it"), "{message}");

    // A replica whose place is taken by something unreadable is fetched again.
    fs::remove_file(fleet.media_path(0, NAME)).unwrap();
    make_pipe(&fleet.media_path(0, NAME));
    wait::until_async(CONVERGENCE_TIMEOUT, "the replica to be fetched again", async || {
        let file = fleet.media_path(0, NAME);
        let is_file = fs::symlink_metadata(&file).is_ok_and(|metadata| metadata.is_file());
        (is_file && sha256_of_file(&file) == Some(sha256(&bytes))).then_some(())
    })
    .await;
}

fn make_pipe(path: &Path) {
    mknodat(CWD, path, FileType::Fifo, Mode::RUSR, 0).unwrap();
}
