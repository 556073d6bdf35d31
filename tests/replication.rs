//! Streamers that share a catalogue: every film is everywhere in the end, and
//! can be watched everywhere at once.

#![allow(clippy::unwrap_used)] // a test that cannot go on says where

use std::fs;
use std::os::unix::fs::FileExt;

use futures_util::StreamExt;
use ginflix_api::error::ErrorCode;
use ginflix_api::replica::ReplicaState;
use ginflix_api::{paths, tus};
use ginflix_tests::cli::Cli;
use ginflix_tests::fleet::{CONVERGENCE_TIMEOUT, Fleet, sha256_of_file};
use ginflix_tests::http::{expect_error, header, noise, sha256};
use ginflix_tests::server::{Server, TOKEN};
use ginflix_tests::wait;
use reqwest::Method;

const NAME: &str = "film.mp4";
const PATH: &str = "/stream/film.mp4";
const LENGTH: usize = 3_000_017;
/// More than sockets and servers hold between a file and whoever reads it.
const LARGE: usize = 48 << 20;

/// A streamer that as good as never gets a film of its own.
fn held_back() -> Vec<String> {
    ["--pull-rate", "1"].map(str::to_owned).to_vec()
}

/// This streamer is held back, the others are not.
fn only(slow: usize) -> impl Fn(usize) -> Vec<String> {
    move |number| if number == slow { held_back() } else { Vec::new() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_film_gets_everywhere_and_goes_everywhere() {
    let fleet = Fleet::start(3).await;
    let bytes = noise(LENGTH, 1);
    fleet.upload(0, NAME, &bytes).await;
    fleet.wait_until_replicated(NAME, &bytes).await;
    let listed = fleet.listed_media(NAME).await.unwrap();
    let replication = listed.replication.unwrap();
    assert_eq!((replication.wanted, replication.whole), (3, 3));
    assert!(!fleet.web.volume().join("media").exists(), "a web server has no volume");

    // All answer alike, down to the validators.
    let mut answers = Vec::new();
    for streamer in &fleet.streamers {
        let response = streamer.anonymous(Method::GET, PATH).send().await.unwrap();
        let validators = ["etag", "last-modified", "content-length"].map(|h| header(&response, h));
        answers.push((validators, sha256(&response.bytes().await.unwrap())));
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0], answers[2]);

    // The same name with other content replaces it everywhere.
    let other = noise(LENGTH / 2, 2);
    let one = &fleet.streamers[1];
    let refusal = one.create_upload(NAME, other.len() as u64, "");
    expect_error(refusal, 409, ErrorCode::Conflict).await;
    let created = one.create_upload(NAME, other.len() as u64, ",replace dHJ1ZQ==");
    let location = header(&created.send().await.unwrap(), "location");
    let done = one.patch_upload(&location, 0, other.clone()).send().await.unwrap();
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
    wait::until(CONVERGENCE_TIMEOUT, "the film to go everywhere", || {
        (0..3).all(|at| !fleet.media_path(at, NAME).exists()).then_some(())
    });
    for streamer in &fleet.streamers {
        expect_error(streamer.anonymous(Method::GET, PATH), 404, ErrorCode::NotFound).await;
    }
    assert!(fleet.listed_media(NAME).await.is_none());
}

/// Whatever is asked of a film that is not here is answered as by who has it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_film_that_is_not_here_comes_from_a_peer_byte_for_byte() {
    let fleet = Fleet::start_with(2, only(1)).await;
    let bytes = noise(LENGTH, 3);
    fleet.upload(0, NAME, &bytes).await;
    let (owner, other) = (&fleet.streamers[0], &fleet.streamers[1]);
    let head = owner.anonymous(Method::HEAD, PATH).send().await.unwrap();
    let (etag, date) = (header(&head, "etag"), header(&head, "last-modified"));
    let asked: [(&str, &[(&str, &str)]); 13] = [
        ("GET", &[]),
        ("HEAD", &[]),
        ("GET", &[("range", "bytes=0-0")]),
        ("GET", &[("range", "bytes=1000000-2000000")]),
        ("GET", &[("range", "bytes=-5")]),
        ("GET", &[("range", "bytes=3000016-99999999")]),
        ("GET", &[("range", "bytes=3000017-")]),
        ("GET", &[("range", "bytes=0-9"), ("if-range", &etag)]),
        ("GET", &[("range", "bytes=0-9"), ("if-range", "\"other\"")]),
        ("GET", &[("if-none-match", &etag)]),
        ("HEAD", &[("if-modified-since", &date)]),
        ("GET", &[("if-match", "\"other\"")]),
        ("GET", &[("range", "bytes=0-1"), ("range", "bytes=4-5")]),
    ];
    for (method, headers) in asked {
        let answer = async |server: &Server| {
            let mut request = server.anonymous(method.parse().unwrap(), PATH);
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            let response = request.send().await.unwrap();
            let status = response.status();
            let mut fields: Vec<String> = response
                .headers()
                .iter()
                .filter(|(name, _)| !["x-request-id", "date", "via"].contains(&name.as_str()))
                .map(|(name, value)| format!("{name}: {value:?}"))
                .collect();
            fields.sort();
            let body = response.bytes().await.unwrap();
            // Errors name their request.
            let body = if status.is_success() { sha256(&body) } else { body.len().to_string() };
            (status, fields, body)
        };
        assert_eq!(answer(other).await, answer(owner).await, "{method} {headers:?}");
    }
    // Only who asks a streamer itself can tell whose copy came.
    let passed_on = other.anonymous(Method::HEAD, PATH).send().await.unwrap();
    assert!(header(&passed_on, "via").starts_with("1.1 "));
    assert!(!head.headers().contains_key("via"));
    // Several ranges: the boundary differs, the parts do not.
    let several = other.anonymous(Method::GET, PATH).header("range", "bytes=1-2,2999999-");
    let several = several.send().await.unwrap();
    assert_eq!(several.status(), 206);
    let length: usize = header(&several, "content-length").parse().unwrap();
    let body = several.bytes().await.unwrap();
    assert_eq!(body.len(), length);
    let has = |part: &[u8]| body.windows(part.len()).any(|window| window == part);
    assert!(has(&bytes[2_999_999..]) && has(b"Content-Range: bytes 1-2/3000017"));
    assert!(!fleet.media_path(1, NAME).exists(), "it was to be held back");
    // What nobody has is not found, here as there.
    expect_error(other.anonymous(Method::GET, "/stream/none.mp4"), 404, ErrorCode::NotFound).await;
}

/// Reads so much of a stream.
async fn read(
    stream: &mut (impl StreamExt<Item = reqwest::Result<bytes::Bytes>> + Unpin),
    into: &mut Vec<u8>,
    length: usize,
) {
    let end = into.len() + length;
    while into.len() < end {
        let Some(piece) = stream.next().await else { return };
        into.extend_from_slice(&piece.unwrap());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_viewer_does_not_notice_that_a_peer_dies() {
    let mut fleet = Fleet::start_with(3, only(2)).await;
    let bytes = noise(LARGE, 4);
    fleet.upload(0, NAME, &bytes).await;
    fleet.wait_until_stored_on(&[0, 1], NAME, &bytes).await;
    let whole = fleet.streamers[2].anonymous(Method::GET, PATH).send().await.unwrap();
    assert_eq!(header(&whole, "content-length"), LARGE.to_string());
    let (mut stream, mut got) = (whole.bytes_stream(), Vec::new());
    read(&mut stream, &mut got, 1 << 20).await;
    // Whichever of the two sends: it is killed.
    fleet.streamers[0].kill();
    read(&mut stream, &mut got, 1 << 20).await;
    fleet.streamers[0].start_again();
    fleet.streamers[1].kill();
    read(&mut stream, &mut got, LARGE).await;
    assert_eq!(got.len(), LARGE);
    assert!(got == bytes, "other bytes than those of the film");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_streamer_goes_on_where_it_was() {
    let rate = || ["--pull-rate", "2000000"].map(str::to_owned).to_vec();
    let mut fleet = Fleet::start_with(2, |n| if n == 1 { rate() } else { Vec::new() }).await;
    let bytes = noise(16 << 20, 5);
    fleet.upload(0, NAME, &bytes).await;
    let pulls = fleet.streamers[1].volume().join("pulls");
    let arrived = || {
        let parts = fs::read_dir(&pulls).unwrap().flatten();
        parts.filter_map(|part| part.metadata().ok()).map(|part| part.len()).sum::<u64>()
    };
    wait::until(CONVERGENCE_TIMEOUT, "some of the film", || (arrived() > 1 << 20).then_some(()));
    fleet.streamers[1].kill();
    let before = arrived();
    assert!(!fleet.media_path(1, NAME).exists(), "half a film is not to be seen");
    fleet.streamers[1].start_again();
    assert!(arrived() >= before, "what had arrived was thrown away");
    // So is a source that dies while it sends.
    fleet.streamers[0].kill();
    fleet.streamers[0].start_again();
    fleet.wait_until_replicated(NAME, &bytes).await;
    assert_eq!(arrived(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_volume_that_was_emptied_or_is_new_heals() {
    let mut fleet = Fleet::start(2).await;
    let films: Vec<(String, Vec<u8>)> =
        (0..4).map(|n| (format!("{n}.mp4"), noise(100_000 + n, n as u64))).collect();
    for (name, bytes) in &films {
        fleet.upload(0, name, bytes).await;
    }
    for (name, bytes) in &films {
        fleet.wait_until_replicated(name, bytes).await;
    }
    fleet.streamers[1].kill();
    fs::remove_dir_all(fleet.streamers[1].volume()).unwrap();
    fleet.streamers[1].start_again();
    for (name, bytes) in &films {
        // Before it has them again it sends them all the same.
        let path = paths::stream(&name.parse().unwrap());
        let sent = fleet.streamers[1].anonymous(Method::GET, &path).send().await.unwrap();
        assert_eq!(sha256(&sent.bytes().await.unwrap()), sha256(bytes));
    }
    for (name, bytes) in &films {
        fleet.wait_until_replicated(name, bytes).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_goes_on_through_any_streamer() {
    let fleet = Fleet::start(3).await;
    let bytes = noise(LENGTH, 6);
    let [zero, one, two] = &fleet.streamers[..] else { panic!() };
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
    // A refusal is that of the owner, in our words.
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
    let end = one.admin(Method::DELETE, &location).header(tus::TUS_RESUMABLE, tus::VERSION);
    assert_eq!(end.send().await.unwrap().status(), 204);
    assert_eq!(zero.head_upload(&location).send().await.unwrap().status(), 404);
    let nobody = one.anonymous(Method::DELETE, &location).header(tus::TUS_RESUMABLE, tus::VERSION);
    expect_error(nobody, 401, ErrorCode::Unauthenticated).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn films_go_on_while_the_database_is_away() {
    let mut fleet = Fleet::start_with(3, only(2)).await;
    let bytes = noise(LENGTH, 7);
    fleet.upload(0, NAME, &bytes).await;
    fleet.wait_until_stored_on(&[0, 1], NAME, &bytes).await;
    fleet.disconnect_database().await;
    // One that starts without a database streams, too.
    fleet.streamers[1].kill();
    fleet.streamers[1].start_again();
    for streamer in &fleet.streamers {
        let sent = streamer.anonymous(Method::GET, PATH).send().await.unwrap();
        assert_eq!(sent.status(), 200);
        assert_eq!(sha256(&sent.bytes().await.unwrap()), sha256(&bytes));
    }
    let upload = fleet.streamers[1].create_upload("other.mp4", 10, "");
    let response = upload.try_clone().unwrap().send().await.unwrap();
    assert!(header(&response, "retry-after").parse::<u64>().unwrap() > 0);
    expect_error(upload, 503, ErrorCode::Unavailable).await;
    fleet.reconnect_database().await;
    wait::until_async(CONVERGENCE_TIMEOUT, "uploads to be taken again", async || {
        let upload = fleet.streamers[1].create_upload("other.mp4", 10, "");
        (upload.send().await.unwrap().status() == 201).then_some(())
    })
    .await;
    fleet.wait_until_stored_on(&[0, 1], NAME, &bytes).await;
}

/// An empty catalogue says nothing of what is to go.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_empty_database_deletes_nothing() {
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
    // So is what comes by hand: it is recorded, and gets everywhere.
    let other = noise(LENGTH, 9);
    fs::write(fleet.media_path(1, "by-hand.mp4"), &other).unwrap();
    fleet.wait_until_replicated("by-hand.mp4", &other).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_key_nobody_is_a_peer() {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("key");
    fs::write(&key, "another-key-than-that-of-the-others-0123").unwrap();
    let wrong = || vec!["--peer-key-file".to_owned(), key.to_str().unwrap().to_owned()];
    let fleet = Fleet::start_with(3, |n| if n == 2 { wrong() } else { Vec::new() }).await;
    let bytes = noise(LENGTH, 10);
    fleet.upload(0, NAME, &bytes).await;
    fleet.wait_until_stored_on(&[0, 1], NAME, &bytes).await;
    let stranger = &fleet.streamers[2];
    wait::until_async(CONVERGENCE_TIMEOUT, "the stranger to hear of the film", async || {
        let answer = stranger.anonymous(Method::GET, PATH).send().await.unwrap();
        (answer.status() == 503).then_some(())
    })
    .await;
    wait::until(CONVERGENCE_TIMEOUT, "the stranger to say why", || {
        stranger.log().contains("the same peer key").then_some(())
    });
    assert!(fleet.streamers[0].log().contains("signed with another key"));
    assert!(!fleet.media_path(2, NAME).exists());
    // Nobody learns that there is such a path, with whatever method.
    let path = paths::peer_media(&NAME.parse().unwrap());
    for server in [&fleet.streamers[0], &fleet.streamers[2]] {
        let peer = expect_error(server.admin(Method::GET, &path), 404, ErrorCode::NotFound).await;
        let none =
            expect_error(server.admin(Method::GET, "/peer/v1/x"), 404, ErrorCode::NotFound).await;
        assert_eq!(peer.replace(&path, "PATH"), none.replace("/peer/v1/x", "PATH"));
        expect_error(server.admin(Method::POST, &path), 404, ErrorCode::NotFound).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_damaged_is_found_and_mended() {
    let fleet = Fleet::start(2).await;
    let bytes = noise(LENGTH, 11);
    fleet.upload(0, NAME, &bytes).await;
    fleet.wait_until_replicated(NAME, &bytes).await;
    let (film, right) = (fleet.media_path(1, NAME), sha256(&bytes));

    // A wrong size is seen at once.
    fs::File::options().write(true).open(&film).unwrap().set_len(1000).unwrap();
    wait::until(CONVERGENCE_TIMEOUT, "the short film to be replaced", || {
        (sha256_of_file(&film).as_ref() == Some(&right)).then_some(())
    });
    fleet.wait_until_replicated(NAME, &bytes).await;

    // A wrong byte, of which nothing else tells, when the film is read.
    let file = fs::File::options().write(true).open(&film).unwrap();
    let changed = file.metadata().unwrap().modified().unwrap();
    file.write_all_at(&[!bytes[77]], 77).unwrap();
    file.set_modified(changed).unwrap();
    drop(file);
    let cli = Cli::new();
    let server = fleet.web.url("");
    let repaired = cli.run_with(
        &["--server", &server, "media", "repair", NAME, "--wait"],
        &[("GINFLIX_TOKEN", TOKEN)],
    );
    repaired.expect_success();
    assert_eq!(sha256_of_file(&film), Some(right));
    let replication = fleet.listed_media(NAME).await.unwrap().replication.unwrap();
    assert!(replication.replicas.iter().all(|r| r.state == ReplicaState::Whole && r.is_verified));
    let listed = cli.run_with(&["--server", &server, "media", "list"], &[("GINFLIX_TOKEN", TOKEN)]);
    let listed = listed.expect_success().stdout;
    assert!(listed.contains("2/2") && listed.contains("ok"), "{listed}");
    let missing = cli.run_with(
        &["--server", &server, "media", "repair", "none.mp4"],
        &[("GINFLIX_TOKEN", TOKEN)],
    );
    missing.expect_failure(3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_may_wait_for_its_copies() {
    let fleet = Fleet::start(2).await;
    let cli = Cli::new();
    let film = cli.file(NAME, noise(LENGTH, 12));
    // As a load balancer has it: uploads go to streamers, the rest to web.
    let gateway = ginflix_tests::gateway::Gateway::start(&fleet);
    fleet.wait_until_all_live().await;
    let upload = |replicas: &str| {
        let args = ["--server", gateway.url(), "upload", film.to_str().unwrap()];
        let more = ["--replicas", replicas, "--any-type"];
        cli.run_with(&[&args[..], &more[..]].concat(), &[("GINFLIX_TOKEN", TOKEN)])
    };
    upload("2").expect_success();
    assert_eq!(
        sha256_of_file(&fleet.media_path(0, NAME)),
        sha256_of_file(&fleet.media_path(1, NAME))
    );
    assert!(fleet.whole_replicas(NAME).await >= 2);
    // More than there are streamers is told at once.
    upload("3").expect_failure(2).expect_stderr("2 streamers");
}
