//! Clients that add movies and watch them, retry after every failure, and record what the server
//! has acknowledged.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use ginflix_api::movie::{Movie, MovieId};
use ginflix_api::paths;
use ginflix_api::playback::Playback;
use ginflix_tests::http::client;
use ginflix_tests::server::{Server, TOKEN};
use ginflix_tests::viewer::wait_until_judged;
use ginflix_tests::wait;
use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinSet;
use uuid::Uuid;

const CLIENT_COUNT: u32 = 6;
/// The longest wait for one response.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(20);
/// The longest wait for progress, even on a loaded machine.
const PROGRESS_TIMEOUT: Duration = Duration::from_secs(60);

/// The acknowledged writes of a client.
#[derive(Default)]
struct Acknowledged {
    /// The titles of added movies.
    movies: Vec<String>,
    /// The playbacks that were played long enough for a view.
    views: HashSet<Uuid>,
}

/// The clients of a test.
pub struct Clients {
    movie: MovieId,
    server: watch::Sender<String>,
    progress: Arc<Progress>,
    running: JoinSet<Acknowledged>,
}

/// The progress of all clients together.
#[derive(Default)]
struct Progress {
    movies: AtomicU64,
    views: AtomicU64,
    refusals: AtomicU64,
    is_stopped: AtomicBool,
}

impl Clients {
    /// Adds a short movie, and starts the clients.
    pub async fn start(server: &Server) -> Self {
        let content = std::fs::read(ginflix_tests::media_files::three_seconds()).unwrap();
        server.put_media("film.mp4", content).await;
        let movie = server.add_movie("Watched", "film.mp4").await.id;
        let (sender, address) = watch::channel(server.url(""));
        let progress = Arc::new(Progress::default());
        let mut running = JoinSet::new();
        for number in 0..CLIENT_COUNT {
            let client = TestClient {
                number,
                movie,
                http: client(),
                server: address.clone(),
                progress: progress.clone(),
                acknowledged: Acknowledged::default(),
                playbacks: 0,
            };
            running.spawn(client.run());
        }
        Self { movie, server: sender, progress, running }
    }

    /// Tells the clients the new address of the server.
    pub fn follow(&self, server: &Server) {
        self.server.send_replace(server.url(""));
    }

    /// Waits for `more` acknowledged views.
    pub async fn wait_for_views(&self, more: u64) {
        self.wait_for(&self.progress.views, more, "views to be acknowledged").await;
    }

    /// Waits for `more` acknowledged movies.
    pub async fn wait_for_movies(&self, more: u64) {
        self.wait_for(&self.progress.movies, more, "movies to be acknowledged").await;
    }

    /// Waits until the server has refused another write with `503`.
    pub async fn wait_for_refusal(&self) {
        self.wait_for(&self.progress.refusals, 1, "a write to be refused with 503").await;
    }

    async fn wait_for(&self, counter: &AtomicU64, more: u64, what: &str) {
        let target = counter.load(Ordering::SeqCst) + more;
        let is_reached = async || (counter.load(Ordering::SeqCst) >= target).then_some(());
        wait::until_async(PROGRESS_TIMEOUT, what, is_reached).await;
    }

    /// Stops the clients, and compares their acknowledged writes with the content of the server.
    pub async fn verify(mut self, server: &Server) {
        self.progress.is_stopped.store(true, Ordering::SeqCst);
        let mut all = Acknowledged::default();
        while let Some(acknowledged) = self.running.join_next().await {
            let acknowledged = acknowledged.unwrap();
            all.movies.extend(acknowledged.movies);
            all.views.extend(acknowledged.views);
        }
        wait::until_async(PROGRESS_TIMEOUT, "the journal to be empty", async || {
            let ready = client().get(server.url("/readyz?strict")).send().await.ok()?;
            (ready.status() == StatusCode::OK).then_some(())
        })
        .await;

        let mut titles: HashMap<String, u32> = HashMap::new();
        let mut next = Some(format!("{}?limit=100", paths::MOVIES));
        while let Some(path) = next {
            let page = server.json(&path).await;
            for movie in page["items"].as_array().unwrap() {
                *titles.entry(movie["title"].as_str().unwrap().to_owned()).or_default() += 1;
            }
            let cursor = page["next_cursor"].as_str();
            next = cursor.map(|cursor| format!("{}?limit=100&cursor={cursor}", paths::MOVIES));
        }
        for title in &all.movies {
            assert_eq!(titles.get(title), Some(&1), "{title:?} was acknowledged");
        }
        assert_eq!(titles.len(), all.movies.len() + 1, "there are no other movies");

        wait_until_judged(server, self.movie).await;
        let explained = server.json(&paths::explain_views(self.movie)).await;
        let number = |value: &Value| value.as_u64().unwrap();
        assert_eq!(number(&explained["counted"]), all.views.len() as u64, "{explained}");
        let not_counted = explained["not_counted"].as_array().unwrap();
        let not_counted: u64 = not_counted.iter().map(|reason| number(&reason["playbacks"])).sum();
        assert_eq!(number(&explained["playbacks"]), all.views.len() as u64 + not_counted);
        let views = server.json(paths::VIEWS).await;
        assert_eq!(number(&views["total"]), all.views.len() as u64);
        let days = views["days"].as_array().unwrap();
        assert_eq!(
            days.iter().map(|day| number(&day["views"])).sum::<u64>(),
            number(&views["total"])
        );
        let movie: Movie =
            serde_json::from_value(server.json(&paths::movie(self.movie)).await).unwrap();
        assert_eq!(movie.views, all.views.len() as u64);
    }
}

struct TestClient {
    number: u32,
    movie: MovieId,
    http: Client,
    server: watch::Receiver<String>,
    progress: Arc<Progress>,
    acknowledged: Acknowledged,
    playbacks: u32,
}

impl TestClient {
    async fn run(mut self) -> Acknowledged {
        while !self.progress.is_stopped.load(Ordering::SeqCst) {
            // Only every third client adds movies, because those have to wait while the database is
            // unavailable.
            if self.number.is_multiple_of(3) {
                self.add_movie().await;
            } else {
                self.watch().await;
            }
        }
        self.acknowledged
    }

    /// Sends a request until the response has one of the expected status codes.
    async fn send_until(&self, path: &str, body: &Value, expected: &[StatusCode]) -> Response {
        loop {
            let url = format!("{}{path}", *self.server.borrow());
            let request = self.http.post(url).json(body).bearer_auth(TOKEN);
            let request = request.header("x-forwarded-for", self.address());
            match request.timeout(REQUEST_TIMEOUT).send().await {
                Ok(response) if expected.contains(&response.status()) => return response,
                Ok(response) if response.status() == StatusCode::SERVICE_UNAVAILABLE => {
                    assert!(response.headers().contains_key("retry-after"));
                    self.progress.refusals.fetch_add(1, Ordering::SeqCst);
                }
                Ok(other) => panic!("{path}: {}: {}", other.status(), other.text().await.unwrap()),
                Err(_) => {} // no response: the server may have executed the request or not
            }
            tokio::time::sleep(Duration::from_millis(20)).await; // pace: a delay before a retry
        }
    }

    /// Requests the media file until it has arrived completely.
    async fn fetch(&self) {
        loop {
            let url = format!("{}/stream/film.mp4", *self.server.borrow());
            let request = self.http.get(url).bearer_auth(TOKEN);
            let request = request.header("x-forwarded-for", self.address());
            if let Ok(response) = request.timeout(REQUEST_TIMEOUT).send().await
                && response.status() == StatusCode::OK
                && response.bytes().await.is_ok()
            {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await; // pace: a delay before a retry
        }
    }

    /// Returns the address from which the client plays this time.
    fn address(&self) -> String {
        format!("10.{}.{}.{}", self.number, self.playbacks / 256, self.playbacks % 256)
    }

    async fn add_movie(&mut self) {
        let title = format!("Film {}-{}", self.number, self.acknowledged.movies.len());
        let body = json!({ "title": title, "media": "film.mp4" });
        // A retry gets a conflict if only the first response was lost.
        self.send_until(paths::MOVIES, &body, &[StatusCode::CREATED, StatusCode::CONFLICT]).await;
        self.acknowledged.movies.push(title);
        self.progress.movies.fetch_add(1, Ordering::SeqCst);
    }

    async fn watch(&mut self) {
        self.playbacks += 1;
        let start = json!({ "movie_id": self.movie });
        let started = self.send_until(paths::PLAYBACKS, &start, &[StatusCode::CREATED]).await;
        // If the body of the response is lost, nothing is reported on this playback.
        let Ok(playback) = started.json::<Playback>().await else { return };
        self.fetch().await;
        let report = json!({ "position_seconds": 2.0, "played": [{ "start": 0.1, "end": 1.9 }] });
        let path = paths::playback(playback.id);
        loop {
            let updated = self.send_until(&path, &report, &[StatusCode::OK]).await;
            if let Ok(updated) = updated.json::<Playback>().await {
                let is_enough = updated.counted || updated.awaiting_evidence;
                assert!(is_enough, "half of a movie of three seconds is enough");
                break;
            }
        }
        if self.playbacks.is_multiple_of(4) {
            self.send_until(&path, &report, &[StatusCode::OK]).await; // a repeated report
        }
        self.acknowledged.views.insert(playback.id);
        self.progress.views.fetch_add(1, Ordering::SeqCst);
    }
}
