//! Views that were acknowledged while the database was unavailable survive kills of the server,
//! and count once.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ginflix_api::movie::MovieId;
use ginflix_api::paths;
use ginflix_api::playback::Playback;
use ginflix_tests::fsyncs::TracedServer;
use ginflix_tests::http::client;
use ginflix_tests::postgres::Postgres;
use ginflix_tests::server::Server;
use ginflix_tests::viewer::wait_until_judged;
use ginflix_tests::wait;
use serde_json::json;
use tempfile::tempdir;
use uuid::Uuid;

use crate::copy_folder;

const STATE_TIMEOUT: Duration = Duration::from_secs(60);
/// More than the fsyncs of the journal from an append to the end of the replay.
const MOVIES: usize = 8;

/// A database that can be killed, and movies in it.
struct Setup {
    postgres: Arc<Postgres>,
    url: String,
    movies: Vec<MovieId>,
}

impl Setup {
    async fn new(volume: &Path) -> Self {
        let postgres = Arc::new(Postgres::start_durable());
        let url = postgres.create_database(None).await;
        let server = Server::start_on(volume, &["--database-url", &url]);
        let content = std::fs::read(ginflix_tests::media_files::three_seconds()).unwrap();
        server.put_media("film.mp4", content).await;
        let mut movies = Vec::new();
        for n in 0..MOVIES {
            movies.push(server.add_movie(&format!("Film {n}"), "film.mp4").await.id);
        }
        Self { postgres, url, movies }
    }

    fn flags(&self) -> [&str; 2] {
        ["--database-url", &self.url]
    }

    /// Starts a server, waits until its journal is empty, and returns it.
    async fn restart(&self, volume: &Path) -> Server {
        let server = Server::start_on(volume, &self.flags());
        let address = server.address();
        wait::until_async(STATE_TIMEOUT, "the replay", async || {
            (has_replayed(address).await == Some(true)).then_some(())
        })
        .await;
        server
    }

    /// Returns an action that makes the database unavailable, reports that a playback played all of
    /// it, and starts the database again. It returns whether the report was acknowledged.
    fn watch_without_database(
        &self,
        address: SocketAddr,
        playback: Uuid,
    ) -> impl Future<Output = bool> + 'static {
        let postgres = self.postgres.clone();
        async move {
            postgres.kill();
            let is_acknowledged = report(address, playback).await;
            postgres.start_again();
            is_acknowledged
        }
    }
}

/// Starts a playback, and requests what it plays.
async fn start(address: SocketAddr, movie: MovieId) -> Uuid {
    let url = format!("http://{address}{}", paths::PLAYBACKS);
    let started = client().post(url).json(&json!({ "movie_id": movie })).send().await.unwrap();
    assert_eq!(started.status(), 201);
    let content = client().get(format!("http://{address}/stream/film.mp4")).send().await.unwrap();
    assert!(content.bytes().await.is_ok_and(|content| !content.is_empty()));
    started.json::<Playback>().await.unwrap().id
}

/// Reports that a playback played all of its movie, and returns whether that was acknowledged as
/// enough for a view.
async fn report(address: SocketAddr, playback: Uuid) -> bool {
    let url = format!("http://{address}{}", paths::playback(playback));
    let report = json!({ "position_seconds": 2.0, "played": [{ "start": 0.0, "end": 2.0 }] });
    match client().post(url).json(&report).send().await {
        Ok(response) if response.status() == 200 => {
            let playback = response.json::<Playback>().await;
            playback.is_ok_and(|playback| playback.counted || playback.awaiting_evidence)
        }
        _ => false,
    }
}

/// Returns whether the database is available and has all views; `None` if the server does not
/// respond.
async fn has_replayed(address: SocketAddr) -> Option<bool> {
    let ready = client().get(format!("http://{address}/readyz?strict")).send().await.ok()?;
    let is_ready = ready.status() == 200;
    Some(is_ready && !ready.text().await.ok()?.contains("wait for the database"))
}

/// Returns the views of a movie, once all playbacks are judged.
async fn views(server: &Server, movie: MovieId) -> u64 {
    wait_until_judged(server, movie).await;
    server.json(&paths::movie(movie)).await["views"].as_u64().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_view_survives_a_kill_at_any_fsync_of_an_append_and_a_removal() {
    let volume = tempdir().unwrap();
    let setup = Setup::new(volume.path()).await;
    let mut kills = 0;
    for (n, movie) in setup.movies.iter().enumerate() {
        let mut traced = TracedServer::start(volume.path(), &setup.flags());
        let address = traced.wait_until_ready().unwrap();
        let playback = traced.run(start(address, *movie)).await;
        traced.kill_after(u32::try_from(n + 1).unwrap());
        let watching = setup.watch_without_database(address, playback);
        let is_acknowledged = traced
            .run(async move {
                let is_acknowledged = watching.await;
                // Until all is in the database, or the server has been killed.
                wait::until_async(STATE_TIMEOUT, "the replay", async || {
                    (has_replayed(address).await != Some(false)).then_some(())
                })
                .await;
                is_acknowledged
            })
            .await;
        let is_killed = traced.is_killed();
        drop(traced);
        let server = setup.restart(volume.path()).await;
        let found = views(&server, *movie).await;
        let expected = if is_acknowledged { 1..=1 } else { 0..=1 };
        assert!(expected.contains(&found), "{found} views after a kill at fsync {}", n + 1);
        // The player sends a report again that was not acknowledged.
        assert!(report(server.address(), playback).await);
        assert_eq!(views(&server, *movie).await, 1, "after a kill at fsync {}", n + 1);
        if !is_killed {
            break;
        }
        kills += 1;
    }
    assert!((2..MOVIES).contains(&kills), "there were {kills} kills");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_view_survives_a_kill_at_any_fsync_of_a_start_that_replays_the_journal() {
    let template = tempdir().unwrap();
    let setup = Setup::new(template.path()).await;
    let movie = setup.movies[0];
    let mut traced = TracedServer::start(template.path(), &setup.flags());
    let address = traced.wait_until_ready().unwrap();
    let playback = traced.run(start(address, movie)).await;
    // The first fsync since is that of the append.
    traced.kill_after(1);
    traced.run(setup.watch_without_database(address, playback)).await;
    assert!(traced.is_killed(), "the report did not reach the journal");
    drop(traced);

    for n in 1.. {
        let volume = tempdir().unwrap();
        copy_folder(template.path(), volume.path());
        let mut traced = TracedServer::start(volume.path(), &setup.flags());
        traced.kill_after(n);
        if let Some(address) = traced.wait_until_ready() {
            let replay = async move {
                wait::until_async(STATE_TIMEOUT, "the replay", async || {
                    (has_replayed(address).await != Some(false)).then_some(())
                })
                .await;
            };
            traced.run(replay).await;
        }
        let is_killed = traced.is_killed();
        drop(traced);
        let server = setup.restart(volume.path()).await;
        assert_eq!(views(&server, movie).await, 1, "after a kill at fsync {n}");
        if !is_killed {
            assert!(n > 2, "there were {} kills", n - 1);
            break;
        }
    }
}
