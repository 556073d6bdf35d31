//! A site with everything that pages show, and the states in which they are checked.

use ginflix_api::collection::Collection;
use ginflix_api::link::Link;
use ginflix_api::movie::Movie;
use ginflix_api::paths;
use ginflix_tests::browser::Tab;
use ginflix_tests::media_files;
use ginflix_tests::server::{PASSWORD, Server};
use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde_json::json;

/// A page, and what is done on it before it is checked.
#[derive(Debug)]
pub struct State {
    /// What it is called in a failure.
    pub name: &'static str,
    /// The path. `MOVIE`, `COLLECTION` and `LAST` stand for ids, `LINK` for the page of a signed link.
    path: &'static str,
    /// The steps: each is a script, and what is waited for then.
    steps: &'static [(&'static str, &'static str)],
}

const fn page(name: &'static str, path: &'static str) -> State {
    State { name, path, steps: &[] }
}

const PLAYER_READY: (&str, &str) =
    ("", "player.readyState >= 2 && !document.getElementById('show-subtitles').hidden");

/// What visitors see.
pub const VISITOR_STATES: &[State] = &[
    page("home", "/"),
    page("a search", "/search?q=field"),
    page("a search without results", "/search?q=zzzz"),
    page("all movies", "/movies"),
    page("a genre", "/movies?genre=Drama"),
    page("the collections", "/collections"),
    page("a collection", "/collections/COLLECTION"),
    page("an error", "/nothing/here"),
    page("the log-in", "/login"),
    State { name: "a signed link", path: "LINK", steps: &[PLAYER_READY] },
    page("a broken link", "/watch/film.mkv"),
    State { name: "an embedded player", path: "/embed/movies/MOVIE", steps: &[PLAYER_READY] },
    State { name: "a movie", path: "/movies/MOVIE", steps: &[PLAYER_READY] },
    State {
        name: "the subtitles of the player",
        path: "/movies/MOVIE",
        steps: &[
            PLAYER_READY,
            (
                "document.getElementById('show-subtitles').click(); \
                 document.querySelector('.panel-more').open = true",
                "!document.getElementById('subtitles').hidden",
            ),
        ],
    },
    State {
        name: "the settings of the player",
        path: "/movies/MOVIE",
        steps: &[
            PLAYER_READY,
            (
                "document.getElementById('show-settings').click()",
                "!document.getElementById('settings').hidden",
            ),
        ],
    },
    State {
        name: "the chapters of the player",
        path: "/movies/MOVIE",
        steps: &[
            PLAYER_READY,
            (
                "document.getElementById('show-chapters').click()",
                "!document.getElementById('chapters').hidden",
            ),
        ],
    },
    State {
        name: "the list of keys",
        path: "/movies/MOVIE",
        steps: &[
            PLAYER_READY,
            (
                "document.getElementById('show-shortcuts').click()",
                "document.getElementById('shortcuts').open",
            ),
        ],
    },
    State {
        name: "the address to share",
        path: "/movies/MOVIE",
        steps: &[
            PLAYER_READY,
            (
                "document.getElementById('show-share').click()",
                "document.getElementById('share').open",
            ),
        ],
    },
    State {
        name: "the next movie",
        path: "/movies/MOVIE",
        steps: &[
            PLAYER_READY,
            (
                "localStorage.setItem('ginflix:player', '{\"upNext\":false}')",
                "document.readyState === 'complete'",
            ),
            (
                "player.muted = true; void player.play(); player.currentTime = player.duration",
                "!document.getElementById('up-next').hidden",
            ),
        ],
    },
    State {
        name: "an error of the player",
        path: "/movies/LAST",
        steps: &[(
            "player.src = '/stream/none.mp4'; player.dataset.file = '/stream/none.mp4'",
            "!document.getElementById('player-error').hidden",
        )],
    },
];

/// What administrators see.
pub const ADMIN_STATES: &[State] = &[
    page("home for an administrator", "/"),
    page("the account", "/account"),
    State {
        name: "the question before the history is cleared",
        path: "/account",
        steps: &[(
            "document.getElementById('clear-history').click()",
            "document.querySelector('dialog[open]')",
        )],
    },
    page("the own list", "/list"),
    page("the history", "/history"),
    page("the list of movies", "/admin"),
    page("the files", "/admin/media"),
    page("a new movie", "/admin/movies/new"),
    page("the form of a movie", "/admin/movies/MOVIE"),
    State {
        name: "the question before a removal",
        path: "/admin/movies/MOVIE",
        steps: &[(
            "document.getElementById('remove-movie').click()",
            "document.querySelector('dialog[open]')",
        )],
    },
];

/// A server with a catalogue.
pub struct Site {
    server: Server,
    movie: Movie,
    last: Movie,
    collection: Collection,
    link: Link,
}

impl Site {
    /// Starts the server, and adds two movies, subtitles and a collection.
    pub async fn start() -> Self {
        let flags = ["--downloads", "all", "--embed-origins", "https://a.example"];
        let server = Server::start_with(&flags);
        let content = std::fs::read(media_files::chapters_and_languages()).unwrap();
        server.put_media("film.mkv", content).await;
        let path = paths::subtitles(&"film.mkv".parse().unwrap());
        let file = "1\n00:00:00,000 --> 00:00:30,000\nHello\n";
        let added = server.admin(Method::POST, &format!("{path}?file_name=film.en.srt")).body(file);
        assert_eq!(added.send().await.unwrap().status(), 201);
        let details = json!({
            "title": "The Long Field", "media": "film.mkv", "year": 1999, "genres": ["Drama", "War"],
            "description": "Somebody walks.", "cast": ["Ada Lovelace"], "directors": ["A. Turing"],
        });
        let added = server.admin(Method::POST, "/api/v1/movies").json(&details);
        let movie: Movie = added.send().await.unwrap().json().await.unwrap();
        let short = std::fs::read(media_files::three_seconds()).unwrap();
        server.put_media("short.mp4", short).await;
        let last = server.add_movie("The Short Field", "short.mp4").await;
        let added = server.admin(Method::POST, "/api/v1/collections");
        let added = added.json(&json!({ "title": "Fields" })).send().await.unwrap();
        let collection: Collection = added.json().await.unwrap();
        let put = server
            .admin(Method::PUT, &format!("/api/v1/collections/{}/movies", collection.id))
            .json(&json!({ "movies": [movie.id, last.id] }));
        assert!(put.send().await.unwrap().status().is_success());
        let expires_at = Timestamp::now() + SignedDuration::from_hours(1);
        let link = json!({ "media": "film.mkv", "expires_at": expires_at });
        let link = server.admin(Method::POST, paths::LINKS).json(&link).send().await.unwrap();
        Self { link: link.json().await.unwrap(), server, movie, last, collection }
    }

    /// Returns the URL of a path.
    pub fn url(&self, path: &str) -> String {
        self.server.url(path)
    }

    /// Returns the URL of a movie with subtitles and chapters.
    pub fn movie_url(&self) -> String {
        self.url(&format!("/movies/{}", self.movie.id))
    }

    /// Brings the tab into a state.
    pub async fn show(&self, tab: &Tab, state: &State) {
        let path = state
            .path
            .replace("MOVIE", &self.movie.id.to_string())
            .replace("LAST", &self.last.id.to_string())
            .replace("COLLECTION", &self.collection.id.to_string())
            .replace("LINK", &self.link.page_path);
        tab.goto(&self.url(&path)).await;
        tab.wait_for("document.readyState === 'complete'").await;
        for (script, condition) in state.steps {
            if !script.is_empty() {
                tab.eval(script).await;
            }
            tab.wait_for(condition).await;
        }
    }

    /// Logs in as an administrator.
    pub async fn log_in(&self, tab: &Tab) {
        let body = json!({ "name": "admin", "password": PASSWORD }).to_string();
        let code = format!(
            "fetch('/api/v1/session', {{ method: 'POST', body: {body:?}, \
             headers: {{ 'content-type': 'application/json' }} }}).then(({{ status }}) => status)"
        );
        let status = tab.eval(&code).await;
        assert!(status.as_u64().is_some_and(|status| status < 300), "{status}");
    }

    /// Logs out.
    pub async fn log_out(&self, tab: &Tab) {
        tab.eval("fetch('/api/v1/session', { method: 'DELETE' }).then(() => true)").await;
    }
}
