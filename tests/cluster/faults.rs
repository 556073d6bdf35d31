//! Injects faults one at a time: `check` and `up` must report each of them in time.

use std::time::{Duration, Instant};

use ginflix_tests::kubectl::run_on_node;
use ginflix_tests::wait;
use serde_json::Value;

use crate::world::World;

/// How long a command may take to find a fault.
const DETECTION_TIMEOUT: Duration = Duration::from_secs(150);
/// How long the cluster may take to be without faults again.
const RECOVERY_TIMEOUT: Duration = Duration::from_secs(150);

/// Runs `cluster check`, and returns its failures and warnings as one text.
fn find_by_check(world: &World) -> String {
    let outcome = world.run(&["cluster", "check", "-o", "json"]);
    assert_eq!(outcome.code, 1, "the check found no fault: {outcome:#?}");
    let report: Value = serde_json::from_str(&outcome.stdout).unwrap();
    let checks = report["checks"].as_array().unwrap();
    let failed: Vec<String> = checks
        .iter()
        .filter(|check| ["failed", "warning"].map(Value::from).contains(&check["outcome"]))
        .map(Value::to_string)
        .collect();
    failed.join("\n")
}

/// Injects a fault, checks that `find` returns all `words`, and repairs the fault.
fn assert_found(
    world: &World,
    fault: &str,
    inject: impl FnOnce(&World),
    find: impl FnOnce(&World) -> String,
    words: &[&str],
    repair: impl FnOnce(&World),
) {
    inject(world);
    let start = Instant::now();
    let found = find(world);
    let elapsed = start.elapsed();
    repair(world);
    for word in words {
        assert!(found.to_lowercase().contains(word), "{fault}: no {word:?} in: {found}");
    }
    assert!(elapsed < DETECTION_TIMEOUT, "{fault}: found after {elapsed:?}");
}

/// Brings the cluster up, and waits until `check` finds no fault.
fn recover(world: &World) {
    world.run(&["cluster", "up", "--timeout", "5m"]).expect_success();
    let deadline = Instant::now() + RECOVERY_TIMEOUT;
    loop {
        let outcome = world.run(&["cluster", "check", "-o", "json"]);
        if outcome.code == 0 {
            return;
        }
        assert!(Instant::now() < deadline, "the cluster does not recover: {outcome:#?}");
    }
}

/// Removes and truncates the media file of one streamer.
pub fn damaged_files(world: &mut World) -> String {
    let (claim, node, folder) = world.kubectl.volumes("streamer").swap_remove(1);
    let streamer = claim.trim_start_matches("media-").to_owned();
    let file = format!("{folder}/media/{}", world.media.name);
    for (fault, script) in [("missing", "rm FILE"), ("truncated", "truncate -s 1000000 FILE")] {
        let script = script.replace("FILE", &file);
        let inject = |_: &World| drop(run_on_node(&node, &script));
        assert_found(world, fault, inject, find_by_check, &[&streamer, "large.mp4"], recover);
    }
    "a file missing or truncated on one streamer".to_owned()
}

/// Restarts a component, and waits until its old pods are gone.
fn restart(world: &World, component: &str) {
    let deployment = format!("deployment/{component}");
    world.kubectl.text(&["rollout", "restart", &deployment]);
    world.kubectl.text(&["rollout", "status", &deployment, "--timeout=180s"]);
    let is_terminating = |pod: &Value| !pod["metadata"]["deletionTimestamp"].is_null();
    let selector = format!("app={component}");
    wait::until(RECOVERY_TIMEOUT, &format!("the old pods of {component} to end"), || {
        let pods = world.kubectl.list(&["pods", "--selector", &selector]);
        (!pods.iter().any(is_terminating)).then_some(())
    });
}

/// Lets the gateway drop the header field `Range`.
pub fn gateway_without_ranges(world: &mut World) -> String {
    let inject = |world: &World| {
        let text = world.kubectl.text(&["get", "configmap", "caddyfile", "--output", "json"]);
        let mut map: Value = serde_json::from_str(&text).unwrap();
        let file = map["data"]["Caddyfile"].as_str().unwrap();
        let broken =
            file.replace("handle @stream {", "handle @stream {\n\t\trequest_header -Range");
        assert_ne!(file, broken);
        map["data"]["Caddyfile"] = broken.into();
        map["metadata"].as_object_mut().unwrap().remove("managedFields");
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(&file, map.to_string()).unwrap();
        let file = file.path().to_str().unwrap();
        world.kubectl.text(&["replace", "--filename", file]);
        // Running pods see the change only after a minute or so, new pods at once.
        restart(world, "gateway");
    };
    let repair = |world: &World| {
        world.run(&["cluster", "up"]).expect_success();
        restart(world, "gateway");
        recover(world);
    };
    assert_found(world, "gateway drops Range", inject, find_by_check, &["range"], repair);
    "a gateway that drops Range".to_owned()
}

/// Stops the database.
pub fn stopped_database(world: &mut World) -> String {
    let inject = |world: &World| {
        world.kubectl.text(&["scale", "statefulset/database", "--replicas=0"]);
        world.kubectl.wait_until_ready("database", 0, Duration::from_secs(90));
    };
    assert_found(world, "database down", inject, find_by_check, &["database"], recover);
    "a stopped database".to_owned()
}

/// Injects faults that keep pods from starting. A second cluster on the same nodes has a fault at
/// the same time, because these steps spend nearly all of their time waiting.
pub fn pods_that_cannot_start(world: &mut World) -> String {
    let world: &World = world;
    std::thread::scope(|threads| {
        threads.spawn(|| missing_storage_class(world));
        missing_image(world);
        wrong_secret(world);
    });
    "a missing image, a wrong Secret, a missing storage class".to_owned()
}

/// Brings the cluster up with an image that no node has.
fn missing_image(world: &World) {
    let up = |world: &World| {
        let args =
            ["cluster", "up", "--image", "ginflix/server:absent", "--timeout", "60s", "--rollback"];
        let outcome = world.run(&args);
        assert_ne!(outcome.code, 0, "{outcome:#?}");
        outcome.stderr
    };
    let repair = |world: &World| {
        world.run(&["cluster", "up", "--image", "ginflix/server:0.1.0"]).expect_success();
        recover(world);
    };
    assert_found(world, "image missing", |_| {}, up, &["ginflix/server:absent"], repair);
}

/// Sets another password in the Secret than the database has. `up` derives the URL of the database
/// from the Secret.
fn wrong_secret(world: &World) {
    let key = "jsonpath={.data.database-password}";
    let right = world.kubectl.text(&["get", "secret", "ginflix", "--output", key]);
    let set = |world: &World, value: &str| {
        let patch = format!(r#"{{"data":{{"database-password":"{value}"}}}}"#);
        world.kubectl.text(&["patch", "secret", "ginflix", "--patch", &patch]);
    };
    let inject = |world: &World| set(world, "d3Jvbmc="); // "wrong" in Base64
    let up = |world: &World| {
        let outcome = world.run(&["cluster", "up", "--timeout", "100s"]);
        assert_ne!(outcome.code, 0, "{outcome:#?}");
        outcome.stderr
    };
    let repair = |world: &World| {
        set(world, &right);
        recover(world);
    };
    assert_found(world, "wrong Secret", inject, up, &["web", "password"], repair);
}

/// Brings up a second cluster with a storage class that does not exist.
fn missing_storage_class(world: &World) {
    let up = |world: &World| {
        let args = ["cluster", "up", "--provider", "kubernetes", "--storage-class", "absent"];
        let outcome = world.run_beside(&[&args[..], &["--timeout", "60s"]].concat());
        assert_ne!(outcome.code, 0, "{outcome:#?}");
        outcome.stderr
    };
    let repair = |world: &World| {
        drop(world.run_beside(&["cluster", "down", "--delete-data"]).expect_success())
    };
    let words = ["database", "volume claim", "absent"];
    assert_found(world, "no volume", |_| {}, up, &words, repair);
}
