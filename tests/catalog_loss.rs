//! A SQLite catalogue of which something is lost or damaged does not start silently with fewer
//! movies: the server refuses it, changes nothing, and says what to do.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

use ginflix_api::paths;
use ginflix_tests::http::noise;
use ginflix_tests::server::{self, Server};
use ginflix_tests::wait;
use tempfile::TempDir;

const START_TIMEOUT: Duration = Duration::from_secs(30);
const MOVIES: usize = 6;
const PAGE_BYTES: u64 = 4096;

/// A volume whose server has ended.
struct Volume(TempDir);

/// A server that should refuse to start; killed when dropped.
struct Starting(Child);

impl Drop for Starting {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// How the last server ended.
#[derive(Clone, Copy)]
enum End {
    Killed,
    Stopped,
}

impl Volume {
    /// Fills a catalogue with movies.
    async fn filled(end: End) -> Self {
        let volume = Self(tempfile::tempdir().unwrap());
        let mut server = Server::start_on(volume.0.path(), &[]);
        server.put_media("film.mp4", noise(1000, 1)).await;
        add_movies(&server, "Film", MOVIES).await;
        match end {
            End::Killed => server.kill(),
            End::Stopped => assert!(server.stop().success()),
        }
        volume
    }

    fn file(&self, suffix: &str) -> PathBuf {
        self.0.path().join(format!("catalog.db{suffix}"))
    }

    /// Starts a server, which must refuse the catalogue and leave it as it is, and returns what it
    /// says.
    fn refused(&self) -> String {
        let before = self.contents();
        let mut command = server::command(&["--listen", "127.0.0.1:0", "--data-dir"]);
        command.arg(self.0.path()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut server = Starting(command.spawn().unwrap());
        let status =
            wait::until(START_TIMEOUT, "the server to refuse", || server.0.try_wait().unwrap());
        let message = std::io::read_to_string(server.0.stderr.take().unwrap()).unwrap();
        assert_eq!(status.code(), Some(1), "{message}");
        assert_eq!(self.contents(), before, "a refusal changes nothing");
        for way_out in ["ginflix restore FILE", "catalog.db-counter", "Put the right files back"] {
            assert!(message.contains(way_out), "{message}");
        }
        message
    }

    /// Returns the database, the log and the counter; a log that is missing is as good as an empty
    /// one.
    fn contents(&self) -> [Vec<u8>; 3] {
        ["", "-wal", "-counter"].map(|suffix| fs::read(self.file(suffix)).unwrap_or_default())
    }

    /// Starts a server, which must serve this number of movies, and returns its log.
    async fn starts_with(&self, movies: usize) -> String {
        let mut server = Server::start_on(self.0.path(), &[]);
        let found = server.json(paths::MOVIES).await;
        assert_eq!(found["items"].as_array().unwrap().len(), movies);
        assert!(server.stop().success());
        server.log()
    }
}

async fn add_movies(server: &Server, title: &str, count: usize) {
    for n in 0..count {
        server.add_movie(&format!("{title} {n}"), "film.mp4").await;
    }
}

/// Changes one byte of a file.
fn flip_byte(path: &Path, offset: u64) {
    let file = File::options().read(true).write(true).open(path).unwrap();
    let mut byte = [0];
    file.read_exact_at(&mut byte, offset).unwrap();
    file.write_all_at(&[byte[0] ^ 0x10], offset).unwrap();
}

fn length(path: &Path) -> u64 {
    fs::metadata(path).unwrap().len()
}

fn truncate(path: &Path, length: u64) {
    File::options().write(true).open(path).unwrap().set_len(length).unwrap();
}

#[tokio::test]
async fn a_missing_log_is_noticed_and_can_be_put_back() {
    let volume = Volume::filled(End::Killed).await;
    let elsewhere = volume.0.path().join("elsewhere");
    fs::rename(volume.file("-wal"), &elsewhere).unwrap();
    let _ = fs::remove_file(volume.file("-shm"));
    let message = volume.refused();
    assert!(message.contains("commits of the catalogue are missing"), "{message}");
    assert!(message.contains("catalog.db-wal is damaged or missing"), "{message}");
    volume.refused();
    fs::rename(&elsewhere, volume.file("-wal")).unwrap();
    volume.starts_with(MOVIES).await;
}

#[tokio::test]
async fn a_truncated_log_is_noticed_and_the_loss_can_be_accepted() {
    let volume = Volume::filled(End::Killed).await;
    let wal = volume.file("-wal");
    truncate(&wal, length(&wal) / 2);
    let message = volume.refused();
    assert!(message.contains("of the catalogue are missing"), "{message}");
    fs::remove_file(volume.file("-counter")).unwrap();
    let mut server = Server::start_on(volume.0.path(), &[]);
    let found = server.json(paths::MOVIES).await["items"].as_array().unwrap().len();
    assert!(found < MOVIES, "{found} movies");
    assert!(server.stop().success());
    volume.starts_with(found).await;
}

#[tokio::test]
async fn a_flipped_byte_in_the_log_is_noticed() {
    let volume = Volume::filled(End::Killed).await;
    let wal = volume.file("-wal");
    flip_byte(&wal, length(&wal) / 2);
    let message = volume.refused();
    assert!(message.contains("of the catalogue are missing"), "{message}");
}

#[tokio::test]
async fn the_log_of_another_catalogue_is_noticed() {
    let (volume, other) = (Volume::filled(End::Killed).await, Volume::filled(End::Killed).await);
    fs::copy(other.file("-wal"), volume.file("-wal")).unwrap();
    let message = volume.refused();
    assert!(message.contains("belongs to another catalogue"), "{message}");
}

#[tokio::test]
async fn an_older_copy_of_the_database_is_noticed() {
    let volume = Volume::filled(End::Stopped).await;
    let copy = volume.0.path().join("copy");
    fs::copy(volume.file(""), &copy).unwrap();
    let mut server = Server::start_on(volume.0.path(), &[]);
    add_movies(&server, "Later", 2).await;
    assert!(server.stop().success());
    fs::copy(&copy, volume.file("")).unwrap();
    let message = volume.refused();
    assert!(message.contains("catalog.db is an older copy"), "{message}");
}

#[tokio::test]
async fn a_missing_database_is_noticed() {
    let volume = Volume::filled(End::Stopped).await;
    let database = volume.file("");
    truncate(&database, 0);
    let message = volume.refused();
    assert!(message.contains("is missing or empty"), "{message}");
    fs::remove_file(&database).unwrap();
    let message = volume.refused();
    assert!(message.contains("is missing or empty"), "{message}");
    assert!(!database.exists());
}

#[tokio::test]
async fn a_truncated_database_is_noticed() {
    let volume = Volume::filled(End::Stopped).await;
    let database = volume.file("");
    truncate(&database, length(&database) / 2);
    let message = volume.refused();
    assert!(message.contains("catalog.db is damaged"), "{message}");
}

/// Pages of every kind are overwritten by zeros, one at a time: the first, those of tables and of
/// indexes.
#[tokio::test]
async fn a_zeroed_page_of_the_database_is_noticed() {
    let volume = Volume::filled(End::Stopped).await;
    let database = volume.file("");
    let intact = fs::read(&database).unwrap();
    let pages = length(&database) / PAGE_BYTES;
    for page in (0..pages).step_by(pages as usize / 16) {
        let file = File::options().write(true).open(&database).unwrap();
        file.write_all_at(&[0; PAGE_BYTES as usize], page * PAGE_BYTES).unwrap();
        let message = volume.refused();
        assert!(message.contains("catalog.db is damaged"), "page {page}: {message}");
        fs::write(&database, &intact).unwrap();
    }
    volume.starts_with(MOVIES).await;
}

#[tokio::test]
async fn a_torn_counter_file_is_written_anew() {
    let volume = Volume::filled(End::Killed).await;
    let counter = volume.file("-counter");
    truncate(&counter, length(&counter) / 2);
    let log = volume.starts_with(MOVIES).await;
    assert!(log.contains("is written anew"), "{log}");
    let log = volume.starts_with(MOVIES).await;
    assert!(!log.contains("is written anew"), "{log}");
}

/// Without the file the catalogue is one of an earlier version, or a copy.
#[tokio::test]
async fn a_catalogue_without_a_counter_file_is_taken_over() {
    let volume = Volume::filled(End::Stopped).await;
    fs::remove_file(volume.file("-counter")).unwrap();
    volume.starts_with(MOVIES).await;
    assert!(volume.file("-counter").exists());
}
