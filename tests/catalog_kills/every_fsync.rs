//! A kill at every fsync of a first start and of upgrades, followed by another start.

use std::fs;
use std::path::Path;

use ginflix_api::paths;
use ginflix_tests::fsyncs::{self, StartOutcome};
use ginflix_tests::server::Server;
use reqwest::Method;
use tempfile::tempdir;

use crate::earlier;

/// Starts servers on volumes that `prepare` fills, and kills one at every fsync with a number that is a multiple of `step`. After
/// each kill another server starts, accepts requests, and has this number of movies. Returns the number of
/// fsyncs at which a kill was possible.
async fn kill_at_fsyncs(prepare: impl Fn(&Path), movies: u32, step: u32) -> u32 {
    for n in (step..).step_by(step as usize) {
        let volume = tempdir().unwrap();
        prepare(volume.path());
        if let StartOutcome::Ready { .. } = fsyncs::kill_at(n, volume.path()) {
            return n - step;
        }
        let mut server = Server::start_on(volume.path(), &[]);
        if movies > 0 {
            let mut misspelt = earlier::words(movies - 1).swap_remove(0);
            misspelt.remove(5);
            let found = server.json(&format!("{}?q={misspelt}", paths::MOVIES)).await;
            assert_eq!(found["items"].as_array().unwrap().len(), 1, "after a kill at fsync {n}");
        }
        let users = server.admin(Method::GET, paths::USERS).send().await.unwrap();
        assert_eq!(users.status(), 200, "after a kill at fsync {n}");
        let log = server.log_with(" ready");
        assert!(!log.contains("is recorded now"), "recovered after a kill at fsync {n}:\n{log}");
        assert!(server.stop().success());
        earlier::assert_intact(&earlier::file(volume.path()), movies);
    }
    unreachable!("the number of fsyncs of a start is finite")
}

/// Counts the fsyncs of a first start on a volume with a catalogue of the current schema.
fn fsyncs_without_upgrade() -> u32 {
    let volume = tempdir().unwrap();
    let latest = earlier::migrations().last().unwrap().version();
    earlier::create(&earlier::file(volume.path()), latest);
    match fsyncs::kill_at(u32::MAX, volume.path()) {
        StartOutcome::Ready { fsyncs } => fsyncs,
        StartOutcome::Killed => unreachable!("a start has fewer fsyncs"),
    }
}

async fn upgrade_from(version: i32, step: u32) {
    let template = tempdir().unwrap();
    let catalog = earlier::file(template.path());
    earlier::create(&catalog, version);
    let prepare = |volume: &Path| {
        fs::copy(&catalog, earlier::file(volume)).unwrap();
    };
    let kills = kill_at_fsyncs(prepare, earlier::MOVIES, step).await;
    let others = fsyncs_without_upgrade();
    assert!(others >= 5, "a start without an upgrade has {others} fsyncs");
    assert!(kills > others, "none of {kills} kills hit the upgrade");
}

#[tokio::test]
async fn a_first_start_survives_a_kill_at_every_fsync() {
    let kills = kill_at_fsyncs(|_| (), 0, 1).await;
    assert!(kills >= 12, "there were {kills} kills");
}

// This one goes through every migration.
#[tokio::test]
async fn an_upgrade_from_the_first_schema_survives_a_kill_at_every_fsync() {
    upgrade_from(1, 1).await;
}

#[tokio::test]
async fn an_upgrade_from_the_second_schema_survives_a_kill_at_every_fourth_fsync() {
    upgrade_from(2, 4).await;
}

#[tokio::test]
async fn an_upgrade_from_the_third_schema_survives_a_kill_at_every_fourth_fsync() {
    upgrade_from(3, 4).await;
}

#[tokio::test]
async fn an_upgrade_from_the_fifth_schema_survives_a_kill_at_every_fourth_fsync() {
    upgrade_from(5, 4).await;
}

#[tokio::test]
async fn an_upgrade_from_the_sixth_schema_survives_a_kill_at_every_fourth_fsync() {
    upgrade_from(6, 4).await;
}

#[tokio::test]
async fn an_upgrade_from_the_seventh_schema_survives_a_kill_at_every_fourth_fsync() {
    upgrade_from(7, 4).await;
}

#[tokio::test]
async fn an_upgrade_from_the_eighth_schema_survives_a_kill_at_every_fourth_fsync() {
    upgrade_from(8, 4).await;
}

#[tokio::test]
async fn an_upgrade_from_the_ninth_schema_survives_a_kill_at_every_fourth_fsync() {
    upgrade_from(9, 4).await;
}

#[tokio::test]
async fn an_upgrade_from_the_tenth_schema_survives_a_kill_at_every_fourth_fsync() {
    upgrade_from(10, 4).await;
}

#[tokio::test]
async fn an_upgrade_from_the_eleventh_schema_survives_a_kill_at_every_fourth_fsync() {
    upgrade_from(11, 4).await;
}

#[tokio::test]
async fn an_upgrade_from_the_twelfth_schema_survives_a_kill_at_every_fourth_fsync() {
    upgrade_from(12, 4).await;
}

#[tokio::test]
async fn an_upgrade_from_the_thirteenth_schema_survives_a_kill_at_every_fourth_fsync() {
    upgrade_from(13, 4).await;
}

#[tokio::test]
async fn an_upgrade_from_the_fourteenth_schema_survives_a_kill_at_every_fourth_fsync() {
    upgrade_from(14, 4).await;
}

#[tokio::test]
async fn an_upgrade_from_the_fifteenth_schema_survives_a_kill_at_every_fourth_fsync() {
    upgrade_from(15, 4).await;
}

#[tokio::test]
async fn an_upgrade_from_the_sixteenth_schema_survives_a_kill_at_every_fsync() {
    upgrade_from(16, 1).await;
}

/// Fails for a new migration until there is a test of the upgrade from the version before it.
#[test]
fn every_earlier_schema_has_its_test() {
    assert_eq!(earlier::versions(), [1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);
}
