//! Clients that add movies and watch them, go on whatever happens, and keep
//! ledgers of what was acknowledged.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use ginflix_api::movie::{Movie, MovieId};
use ginflix_api::paths;
use ginflix_api::playback::Playback;
use ginflix_tests::http::client;
use ginflix_tests::server::{Server, TOKEN};
use ginflix_tests::wait;
use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinSet;
use uuid::Uuid;

const CLIENTS: u32 = 6;
/// However loaded the machine is, clients get something done in this time.
const PATIENCE: Duration = Duration::from_secs(60);

/// What one client was told.
#[derive(Default)]
struct Ledger {
    /// Titles that were acknowledged.
    movies: Vec<String>,
    /// Playbacks that the server said have counted.
    views: HashSet<Uuid>,
}

/// All clients of one test.
pub struct Clients {
    movie: MovieId,
    server: watch::Sender<String>,
    shared: Arc<Shared>,
    running: JoinSet<Ledger>,
}

#[derive(Default)]
struct Shared {
    movies: AtomicU64,
    views: AtomicU64,
    refusals: AtomicU64,
    over: AtomicBool,
}

impl Clients {
    /// Starts them on a server with one short film.
    pub async fn start(server: &Server) -> Self {
        let film = std::fs::read(ginflix_tests::media_files::three_seconds()).unwrap();
        server.put_media("film.mp4", film).await;
        let movie = server.add_movie("Watched", "film.mp4").await.id;
        let (sender, address) = watch::channel(server.url(""));
        let shared = Arc::new(Shared::default());
        let mut running = JoinSet::new();
        for number in 0..CLIENTS {
            let one = One {
                number,
                movie,
                http: client(),
                server: address.clone(),
                shared: shared.clone(),
                ledger: Ledger::default(),
                playbacks: 0,
            };
            running.spawn(one.run());
        }
        Self { movie, server: sender, shared, running }
    }

    /// The server has another address.
    pub fn follow(&self, server: &Server) {
        self.server.send_replace(server.url(""));
    }

    /// Waits until so many views more were acknowledged.
    pub async fn views(&self, more: u64) {
        self.more(&self.shared.views, more, "views to be acknowledged").await;
    }

    /// Waits until so many movies more were acknowledged.
    pub async fn movies(&self, more: u64) {
        self.more(&self.shared.movies, more, "movies to be acknowledged").await;
    }

    /// Waits until a movie more was refused for now.
    pub async fn refusal(&self) {
        self.more(&self.shared.refusals, 1, "a write to be refused for now").await;
    }

    async fn more(&self, counter: &AtomicU64, more: u64, what: &str) {
        let end = counter.load(Ordering::SeqCst) + more;
        let look = async || (counter.load(Ordering::SeqCst) >= end).then_some(());
        wait::until_async(PATIENCE, what, look).await;
    }

    /// Lets each finish what it does, and holds their ledgers against the server.
    pub async fn agree_with(mut self, server: &Server) {
        self.shared.over.store(true, Ordering::SeqCst);
        let mut all = Ledger::default();
        while let Some(ledger) = self.running.join_next().await {
            let ledger = ledger.unwrap();
            all.movies.extend(ledger.movies);
            all.views.extend(ledger.views);
        }
        wait::until_async(PATIENCE, "the journal to be empty", async || {
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
        assert_eq!(titles.len(), all.movies.len() + 1, "and nothing else is there");

        let explained = server.json(&paths::explain_views(self.movie)).await;
        let number = |value: &Value| value.as_u64().unwrap();
        assert_eq!(number(&explained["counted"]), all.views.len() as u64, "{explained}");
        let not_counted = explained["not_counted"].as_array().unwrap();
        let not_counted: u64 = not_counted.iter().map(|one| number(&one["playbacks"])).sum();
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

struct One {
    number: u32,
    movie: MovieId,
    http: Client,
    server: watch::Receiver<String>,
    shared: Arc<Shared>,
    ledger: Ledger,
    playbacks: u32,
}

impl One {
    async fn run(mut self) -> Ledger {
        while !self.shared.over.load(Ordering::SeqCst) {
            // Only some add movies, as those wait while the database is away.
            if self.number.is_multiple_of(3) {
                self.add_movie().await;
            } else {
                self.watch().await;
            }
        }
        self.ledger
    }

    /// Sends a request until the server answers it with one of these.
    async fn insist(&self, path: &str, body: &Value, wanted: &[StatusCode]) -> Response {
        loop {
            let url = format!("{}{path}", *self.server.borrow());
            let address =
                format!("10.{}.{}.{}", self.number, self.playbacks / 256, self.playbacks % 256);
            let request = self.http.post(url).json(body).bearer_auth(TOKEN);
            let request = request.header("x-forwarded-for", address);
            match request.timeout(Duration::from_secs(20)).send().await {
                Ok(answer) if wanted.contains(&answer.status()) => return answer,
                Ok(answer) if answer.status() == StatusCode::SERVICE_UNAVAILABLE => {
                    assert!(answer.headers().contains_key("retry-after"));
                    self.shared.refusals.fetch_add(1, Ordering::SeqCst);
                }
                Ok(other) => panic!("{path}: {}: {}", other.status(), other.text().await.unwrap()),
                Err(_) => {} // the server is away: whether it was done is not known
            }
            tokio::time::sleep(Duration::from_millis(20)).await; // pace: of a client that tries again
        }
    }

    async fn add_movie(&mut self) {
        let title = format!("Film {}-{}", self.number, self.ledger.movies.len());
        let body = json!({ "title": title, "media": "film.mp4" });
        // A conflict is what it is the second time, when the first answer got lost.
        self.insist(paths::MOVIES, &body, &[StatusCode::CREATED, StatusCode::CONFLICT]).await;
        self.ledger.movies.push(title);
        self.shared.movies.fetch_add(1, Ordering::SeqCst);
    }

    async fn watch(&mut self) {
        self.playbacks += 1;
        let start = json!({ "movie_id": self.movie });
        let started = self.insist(paths::PLAYBACKS, &start, &[StatusCode::CREATED]).await;
        // Lost on its way: then nobody reports on that one.
        let Ok(playback) = started.json::<Playback>().await else { return };
        let report = json!({ "position_seconds": 2.0, "played": [{ "start": 0.1, "end": 1.9 }] });
        let path = paths::playback(playback.id);
        loop {
            let told = self.insist(&path, &report, &[StatusCode::OK]).await;
            if let Ok(told) = told.json::<Playback>().await {
                assert!(told.counted, "half of a film of three seconds counts at once");
                break;
            }
        }
        if self.playbacks.is_multiple_of(4) {
            self.insist(&path, &report, &[StatusCode::OK]).await; // sent twice
        }
        self.ledger.views.insert(playback.id);
        self.shared.views.fetch_add(1, Ordering::SeqCst);
    }
}
