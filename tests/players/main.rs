//! hls.js and Shaka Player play what the server packages, in a real browser.
//!
//! The files are those of the suite `packages` of `ginflix-hls`. By default a few are played; `make test-media` plays all
//! whose codecs Chromium has, or those in GINFLIX_PLAYED_FILES, a list with commas.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

#[path = "../../ginflix-hls/tests/packages/files.rs"]
#[allow(dead_code, reason = "the other suite uses the rest")]
mod files;
#[path = "../../ginflix-hls/tests/packages/make.rs"]
#[allow(dead_code, reason = "the other suite uses the rest")]
mod make;
#[path = "../../ginflix-hls/tests/packages/sources.rs"]
mod sources;

use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::Duration;

use files::Recipe;
use ginflix_tests::binaries;
use ginflix_tests::browser::Browser;
use ginflix_tests::server::Server;
use reqwest::Method;
use serde_json::Value;

/// How long a file may be played.
const PLAY_TIMEOUT: Duration = Duration::from_secs(120);

/// The files that are played by default: each kind of container, and each codec that Chromium has.
const SLICE: [&str; 7] = [
    "h264-aac.mp4",
    "h264-fragmented.mp4",
    "h264-aac.mkv",
    "vp9-opus.webm",
    "av1-opus.mp4",
    "h264-three-audio.mp4",
    "h264-texts-zlib.mkv",
];

/// The codecs in file names that Debian's Chromium has no decoder for, or none by Media Source Extensions.
const NOT_DECODED: [&str; 4] = ["hevc", "ac3", "mp3", "lacing"];

/// The folder with the page and the players, which npm installs there.
static PAGE: LazyLock<PathBuf> = LazyLock::new(|| {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("players");
    let folder = binaries::cache().join("players");
    std::fs::create_dir_all(&folder).unwrap();
    for file in ["page.html", "page.js"] {
        std::fs::copy(source.join(file), folder.join(file)).unwrap();
    }
    let has_players = folder.join("node_modules/shaka-player").exists();
    assert!(has_players, "the players are missing; scripts/setup node players installs them");
    folder
});

/// Returns whether Chromium can seek in a file. It cannot in H.264 with open groups of pictures, neither by HLS nor in the file
/// itself: "Failed to send video packet for decoding".
fn is_sought_by_chromium(recipe: &Recipe) -> bool {
    recipe.name != "h264-open-gop.mp4"
}

/// Returns whether a track of a file starts later than the others.
fn has_late_track(recipe: &Recipe) -> bool {
    ["late-audio", "late-video", "cut.mkv"].iter().any(|part| recipe.name.contains(part))
}

/// Plays files by both players, and returns the faults.
async fn faults(recipes: &[&Recipe], seeks: u32) -> Vec<String> {
    let server = Server::start();
    let browser = Browser::launch().await;
    let mut faults = Vec::new();
    for (number, recipe) in recipes.iter().enumerate() {
        let bytes = std::fs::read(make::make(recipe)).unwrap();
        server.put_media(recipe.name, bytes).await;
        // The browser lacks the codec of some audio tracks.
        let master = format!("/stream/{}/hls/master.m3u8?audio_codecs=aac,opus,flac", recipe.name);
        let playlist = server.anonymous(Method::GET, &master).send().await.unwrap();
        assert_eq!(playlist.status(), 200, "{master}");
        let seeks = if is_sought_by_chromium(recipe) { seeks } else { 0 };
        let expected = Expected::new(seeks, &playlist.text().await.unwrap());
        for player in ["hls", "shaka"] {
            let url = server.url(&master).replace('&', "%26").replace('?', "%3F");
            let start = if has_late_track(recipe) { "late" } else { "together" };
            let page = format!(
                "file://{}#player={player}&seeks={seeks}&start={start}&seed={}&url={url}",
                PAGE.join("page.html").display(),
                number + 1
            );
            let tab = browser.open(&page).await;
            tab.wait_for_within("window.outcome.done", PLAY_TIMEOUT).await;
            let outcome = tab.eval("window.outcome").await;
            let name = format!("{} by {player}", recipe.name);
            faults.extend(expected.faults(&outcome).map(|fault| format!("{name}: {fault}")));
            faults.extend(tab.errors().iter().map(|error| format!("{name}: {error}")));
            tab.close().await;
        }
    }
    browser.close().await;
    faults
}

/// What a player has to achieve.
#[derive(Debug)]
struct Expected {
    seeks: u32,
    /// The audio tracks that are selected one after the other.
    audio: usize,
    has_picture: bool,
    /// The subtitles that are shown one after the other.
    texts: usize,
}

impl Expected {
    /// Reads what a master playlist offers.
    fn new(seeks: u32, master: &str) -> Self {
        let audio = master.matches("#EXT-X-MEDIA:TYPE=AUDIO").count();
        let texts = master.matches("#EXT-X-MEDIA:TYPE=SUBTITLES").count();
        Self { seeks, audio, has_picture: master.contains("RESOLUTION="), texts }
    }

    fn faults(&self, outcome: &Value) -> impl Iterator<Item = String> {
        let failures = outcome["failures"].as_array().unwrap().iter().map(Value::to_string);
        // Some players also select the only audio of a file, which is in no group.
        let is_complete = outcome["seeks"] == self.seeks
            && outcome["hasPicture"] == self.has_picture
            && outcome["texts"] == self.texts
            && outcome["audio"].as_u64() >= Some(self.audio as u64);
        let incomplete = (!is_complete).then(|| format!("expected {self:?}: {outcome}"));
        failures.chain(incomplete).collect::<Vec<_>>().into_iter()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_players_play_a_few_files() {
    let recipes: Vec<&Recipe> =
        files::ALL.iter().filter(|recipe| SLICE.contains(&recipe.name)).collect();
    assert_eq!(recipes.len(), SLICE.len());
    let faults = faults(&recipes, 4).await;
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes; make test-media runs it"]
async fn two_players_play_all_files() {
    let is_decoded =
        |recipe: &&Recipe| !NOT_DECODED.iter().any(|codec| recipe.name.contains(codec));
    let mut recipes: Vec<&Recipe> = files::ALL.iter().filter(is_decoded).collect();
    assert!(recipes.len() >= 30, "only {} files are played", recipes.len());
    if let Ok(names) = std::env::var("GINFLIX_PLAYED_FILES") {
        recipes.retain(|recipe| names.split(',').any(|name| name == recipe.name));
    }
    let faults = faults(&recipes, 20).await;
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}
