//! What counts with whole servers: honest viewers in every way of playing, and clients that report
//! more than they were sent.

use std::collections::BTreeMap;

use futures_util::{StreamExt, stream};
use ginflix_api::movie::Movie;
use ginflix_api::paths;
use ginflix_api::views::{NotCountedReason, ViewBasis, ViewExplanation};
use ginflix_tests::cli::Cli;
use ginflix_tests::fleet::Fleet;
use ginflix_tests::postgres::{self, Postgres};
use ginflix_tests::random::Random;
use ginflix_tests::server::{Server, TOKEN};
use ginflix_tests::viewer::{Viewer, wait_until_judged};
use ginflix_tests::{media_files, wait};
use reqwest::Method;
use serde_json::json;

use crate::modes::Mode;

/// Views in an hour that count for one address without bytes that pay for them.
const HOURLY_LIMIT: u64 = 20;
const ALL_MODES: [Mode; 3] = [Mode::File, Mode::Hls, Mode::Switching];
/// Playbacks of the inflating client, as many as it can start in half a minute.
const INFLATING_PLAYBACKS: u64 = 302;
const TRUST_CLIENTS: [&str; 2] = ["--trusted-proxies", "127.0.0.1"];
const CONCURRENCY: usize = 16;

/// Starts a server that trusts its clients to name addresses, with a movie of three seconds.
async fn server_with_movie(flags: &[&str]) -> (Server, Movie) {
    let server = Server::start_with(&[&TRUST_CLIENTS[..], flags].concat());
    let content = std::fs::read(media_files::three_seconds()).unwrap();
    server.put_media("film.mp4", content).await;
    let movie = server.add_movie("Film", "film.mp4").await;
    (server, movie)
}

/// Starts a cluster of a web server and two streamers, with a movie of three seconds.
async fn fleet_with_movie() -> (Fleet, Movie) {
    let fleet = Fleet::start(2).await;
    let content = std::fs::read(media_files::three_seconds()).unwrap();
    fleet.upload(0, "film.mp4", &content).await;
    fleet.wait_until_all_live().await;
    let movie = fleet.web.add_movie("Film", "film.mp4").await;
    (fleet, movie)
}

fn counted_by(explanation: &ViewExplanation) -> BTreeMap<ViewBasis, u64> {
    explanation.counted_by.iter().map(|group| (group.basis, group.playbacks)).collect()
}

fn not_counted(explanation: &ViewExplanation) -> BTreeMap<NotCountedReason, u64> {
    explanation.not_counted.iter().map(|group| (group.reason, group.playbacks)).collect()
}

/// A scripted playback: who plays, how, and whether it is played long enough.
struct Script {
    address: String,
    mode: Mode,
    is_view: bool,
}

/// Generates playbacks of a hundred addresses, of which some are shared by many viewers.
fn scripts(count: usize, modes: &[Mode], seed: u64) -> Vec<Script> {
    let mut random = Random::new(seed);
    let mut next = |end: usize| random.below(end as i64) as usize;
    let script = |_| Script {
        address: format!("198.51.100.{}", next(10) * next(11)),
        mode: modes[next(modes.len())],
        is_view: next(4) > 0,
    };
    (0..count).map(script).collect()
}

async fn play(server: &Server, movie: &Movie, script: &Script) {
    let viewer = Viewer::of(server).at(&script.address);
    let playback = viewer.start(movie.id).await;
    script.mode.fetch(&viewer, movie).await;
    let end = if script.is_view { playback.needed_seconds + 0.25 } else { 0.5 };
    let reported = viewer.report(&playback, end).await;
    assert_eq!((reported.counted, reported.awaiting_evidence), (false, script.is_view));
}

/// Runs scripted playbacks, and compares what counts with the scripts.
async fn counts_equal_the_truth(flags: &[&str], modes: &[Mode], count: usize, seed: u64) {
    let (server, movie) = server_with_movie(flags).await;
    let scripts = scripts(count, modes, seed);
    let playing = stream::iter(&scripts).map(|script| play(&server, &movie, script));
    playing.buffer_unordered(CONCURRENCY).collect::<Vec<()>>().await;
    let views = scripts.iter().filter(|script| script.is_view).count() as u64;
    let explanation = wait_until_judged(&server, movie.id).await;
    assert_eq!(counted_by(&explanation), BTreeMap::from([(ViewBasis::Sent, views)]));
    let too_short = (NotCountedReason::TooShort, count as u64 - views);
    assert_eq!(not_counted(&explanation), BTreeMap::from([too_short]));
    assert_eq!(server.json(paths::VIEWS).await["total"], json!(views));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_playbacks_by_file_count_as_they_are_on_sqlite() {
    counts_equal_the_truth(&[], &[Mode::File], 1000, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_playbacks_in_all_modes_count_as_they_are_on_sqlite() {
    counts_equal_the_truth(&[], &ALL_MODES, 1000, 2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn playbacks_by_hls_count_as_they_are_on_sqlite() {
    counts_equal_the_truth(&[], &[Mode::Hls], 200, 3).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn playbacks_in_all_modes_count_as_they_are_on_postgresql() {
    let url = postgres::shared().create_database(None).await;
    counts_equal_the_truth(&["--database-url", &url], &ALL_MODES, 300, 4).await;
}

/// Starts and reports playbacks from one address without requesting anything.
async fn inflate(server: &Server, movie: &Movie, count: u64) {
    let viewer = Viewer::of(server).at("203.0.113.66");
    let watch = |_| async {
        let playback = viewer.start(movie.id).await;
        viewer.report(&playback, 3.0).await;
    };
    stream::iter(0..count).map(watch).buffer_unordered(CONCURRENCY).collect::<Vec<()>>().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_requests_nothing_counts_for_nothing() {
    let (server, movie) = server_with_movie(&[]).await;
    inflate(&server, &movie, INFLATING_PLAYBACKS).await;
    let explanation = wait_until_judged(&server, movie.id).await;
    assert_eq!(explanation.counted, 0);
    let none = (NotCountedReason::NoEvidence, INFLATING_PLAYBACKS);
    assert_eq!(not_counted(&explanation), BTreeMap::from([none]));
    let (cli, id) = (Cli::new(), movie.id.to_string());
    let args = ["--server", &server.url(""), "views", "--explain", &id];
    let outcome = cli.run_with(&args, &[("GINFLIX_TOKEN", TOKEN)]);
    let explained = outcome.expect_success().stdout;
    let row = explained.lines().find(|line| line.contains("no streamer sent that address"));
    assert!(row.is_some_and(|row| row.contains("302")), "{explained}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_only_revalidates_counts_up_to_the_limit() {
    let (server, movie) = server_with_movie(&[]).await;
    let viewer = Viewer::of(&server).at("203.0.113.66");
    let head = viewer.request(&server, Method::HEAD, &movie.stream_path).send().await.unwrap();
    let tag = ginflix_tests::http::header(&head, "etag");
    for _ in 0..30 {
        let request = viewer.request(&server, Method::GET, &movie.stream_path);
        let response = request.header("if-none-match", &tag).send().await.unwrap();
        assert_eq!(response.status(), 304);
    }
    inflate(&server, &movie, 30).await;
    let explanation = wait_until_judged(&server, movie.id).await;
    assert_eq!(counted_by(&explanation), BTreeMap::from([(ViewBasis::Revalidated, HOURLY_LIMIT)]));
    let rest = (NotCountedReason::UnverifiedLimit, 30 - HOURLY_LIMIT);
    assert_eq!(not_counted(&explanation), BTreeMap::from([rest]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_download_pays_for_one_view() {
    let (server, movie) = server_with_movie(&[]).await;
    Viewer::of(&server).at("203.0.113.66").fetch(&movie.stream_path).await;
    inflate(&server, &movie, 50).await;
    let explanation = wait_until_judged(&server, movie.id).await;
    assert_eq!(counted_by(&explanation), BTreeMap::from([(ViewBasis::Sent, 1)]));
    let more = (NotCountedReason::MoreThanSent, 49);
    assert_eq!(not_counted(&explanation), BTreeMap::from([more]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_viewers_behind_one_address_count() {
    let (server, movie) = server_with_movie(&[]).await;
    let viewer = Viewer::of(&server).at("198.51.100.7");
    let watching = stream::iter(0..200).map(|_| viewer.watch(&movie));
    watching.buffer_unordered(CONCURRENCY).collect::<Vec<_>>().await;
    let explanation = wait_until_judged(&server, movie.id).await;
    assert_eq!(counted_by(&explanation), BTreeMap::from([(ViewBasis::Sent, 200)]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_evidence_of_several_streamers_reaches_the_web_server() {
    let (fleet, movie) = fleet_with_movie().await;
    for streamer in &fleet.streamers {
        Viewer::between(&fleet.web, streamer).watch(&movie).await;
    }
    let explanation = wait_until_judged(&fleet.web, movie.id).await;
    assert_eq!(counted_by(&explanation), BTreeMap::from([(ViewBasis::Sent, 2)]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_streamer_leaves_views_within_the_limit() {
    let (mut fleet, movie) = fleet_with_movie().await;
    let playbacks = HOURLY_LIMIT + 5;
    let viewer = Viewer::between(&fleet.web, &fleet.streamers[0]);
    let mut started = Vec::new();
    for _ in 0..playbacks {
        started.push(viewer.start(movie.id).await);
    }
    drop(viewer);
    fleet.streamers[1].kill();
    for playback in started {
        Viewer::of(&fleet.web).report(&playback, 3.0).await;
    }
    let explanation = wait_until_judged(&fleet.web, movie.id).await;
    assert_eq!(counted_by(&explanation), BTreeMap::from([(ViewBasis::Unverified, HOURLY_LIMIT)]));
    assert_eq!(not_counted(&explanation)[&NotCountedReason::UnverifiedLimit], 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_before_the_judgement_loses_and_doubles_nothing() {
    let (mut server, movie) = server_with_movie(&[]).await;
    for round in 0..5 {
        let viewer = Viewer::of(&server).at(format!("198.51.100.{round}"));
        assert!(viewer.watch(&movie).await.awaiting_evidence);
        server.kill();
        server.start_again();
    }
    let explanation = wait_until_judged(&server, movie.id).await;
    assert_eq!((explanation.counted, explanation.playbacks), (5, 5), "{explanation:?}");
    assert_eq!(server.json(paths::VIEWS).await["total"], json!(5));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn evidence_outlives_the_absence_of_the_database() {
    let cluster = Postgres::start_durable();
    let url = cluster.create_database(None).await;
    let (mut server, movie) = server_with_movie(&["--database-url", &url]).await;
    cluster.kill();
    // Both are in the journal, and the server remembers what it sent.
    let honest = Viewer::of(&server).at("198.51.100.7").watch(&movie).await;
    assert!(honest.awaiting_evidence);
    inflate(&server, &movie, 30).await;
    cluster.start_again();
    wait_until_replayed(&server).await;
    let explanation = wait_until_judged(&server, movie.id).await;
    assert_eq!(counted_by(&explanation), BTreeMap::from([(ViewBasis::Sent, 1)]));
    assert_eq!(not_counted(&explanation)[&NotCountedReason::NoEvidence], 30);

    // This time the server loses its memory before the database is back: the limit applies.
    cluster.kill();
    inflate(&server, &movie, 30).await;
    server.kill();
    cluster.start_again();
    server.start_again();
    wait_until_replayed(&server).await;
    let explanation = wait_until_judged(&server, movie.id).await;
    assert_eq!(counted_by(&explanation)[&ViewBasis::Unverified], HOURLY_LIMIT);
    assert_eq!(not_counted(&explanation)[&NotCountedReason::UnverifiedLimit], 30 - HOURLY_LIMIT);
}

async fn wait_until_replayed(server: &Server) {
    let timeout = ginflix_tests::viewer::JUDGEMENT_TIMEOUT;
    wait::until_async(timeout, "the journal to be replayed", async || {
        let ready = server.anonymous(Method::GET, "/readyz?strict").send().await.ok()?;
        (ready.status() == 200).then_some(())
    })
    .await;
}
