//! Faults, put in one at a time: `check` and `up` name exactly that one, in time.

use std::time::{Duration, Instant};

use ginflix_tests::kubectl::run_on_node;
use ginflix_tests::wait;
use serde_json::Value;

use crate::world::World;

/// Within this time a command has found the fault.
const DEADLINE: Duration = Duration::from_secs(150);

/// What `cluster check` says failed, as one text.
fn failed(world: &World) -> String {
    let outcome = world.run(&["cluster", "check", "-o", "json"]);
    assert_eq!(outcome.code, 1, "a check that finds a fault exits 1: {outcome:#?}");
    let report: Value = serde_json::from_str(&outcome.stdout).unwrap();
    let checks = report["checks"].as_array().unwrap();
    let failed: Vec<String> = checks
        .iter()
        .filter(|check| ["failed", "warning"].map(Value::from).contains(&check["outcome"]))
        .map(Value::to_string)
        .collect();
    failed.join("\n")
}

/// Puts a fault in, and looks whether `find` names it; then takes it out.
fn one(
    world: &World,
    what: &str,
    put: impl FnOnce(&World),
    find: impl FnOnce(&World) -> String,
    words: &[&str],
    undo: impl FnOnce(&World),
) {
    put(world);
    let begun = Instant::now();
    let said = find(world);
    let took = begun.elapsed();
    undo(world);
    for word in words {
        assert!(said.to_lowercase().contains(word), "{what}: nothing of {word:?} in: {said}");
    }
    assert!(took < DEADLINE, "{what}: found after {took:?}");
}

/// Brings all back, and waits until `check` finds nothing.
fn mend(world: &World) {
    world.run(&["cluster", "up", "--timeout", "5m"]).expect_success();
    let end = Instant::now() + DEADLINE;
    loop {
        let outcome = world.run(&["cluster", "check", "-o", "json"]);
        if outcome.code == 0 {
            return;
        }
        assert!(Instant::now() < end, "it does not get well again: {outcome:#?}");
    }
}

/// The step of the files of one streamer.
pub fn of_files(world: &mut World) -> String {
    let (claim, node, folder) = world.kubectl.volumes("streamer").swap_remove(1);
    let streamer = claim.trim_start_matches("media-").to_owned();
    let file = format!("{folder}/media/{}", world.film.name);
    for (what, script) in [("missing", "rm FILE"), ("truncated", "truncate -s 1000000 FILE")] {
        let script = script.replace("FILE", &file);
        let put = |_: &World| drop(run_on_node(&node, &script));
        one(world, what, put, failed, &[&streamer, "large.mp4"], mend);
    }
    "a file missing or truncated on one streamer".to_owned()
}

/// Gives a part new pods, and waits until none of the old ones answers any more.
fn restart(world: &World, part: &str) {
    let deployment = format!("deployment/{part}");
    world.kubectl.text(&["rollout", "restart", &deployment]);
    world.kubectl.text(&["rollout", "status", &deployment, "--timeout=180s"]);
    let is_leaving = |pod: &Value| !pod["metadata"]["deletionTimestamp"].is_null();
    let selector = format!("app={part}");
    wait::until(DEADLINE, &format!("the old pods of {part} to end"), || {
        let pods = world.kubectl.list(&["pods", "--selector", &selector]);
        (!pods.iter().any(is_leaving)).then_some(())
    });
}

/// The step of a gateway that strips Range.
pub fn of_the_gateway(world: &mut World) -> String {
    let put = |world: &World| {
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
        // The pods see a changed file within a minute or so; a new one at once.
        restart(world, "gateway");
    };
    let undo = |world: &World| {
        world.run(&["cluster", "up"]).expect_success();
        restart(world, "gateway");
        mend(world);
    };
    one(world, "gateway drops Range", put, failed, &["range"], undo);
    "a gateway that drops Range".to_owned()
}

/// The step of a database that is away.
pub fn of_the_database(world: &mut World) -> String {
    let put = |world: &World| {
        world.kubectl.text(&["scale", "statefulset/database", "--replicas=0"]);
        world.kubectl.wait_until_ready("database", 0, Duration::from_secs(90));
    };
    one(world, "database down", put, failed, &["database"], mend);
    "a database that is away".to_owned()
}

/// The step of what keeps pods from starting. A second cluster on the same nodes has its own fault
/// meanwhile: nearly all of the time is waiting.
pub fn of_starting(world: &mut World) -> String {
    let world: &World = world;
    std::thread::scope(|threads| {
        threads.spawn(|| a_volume_that_nobody_makes(world));
        a_missing_image(world);
        a_wrong_secret(world);
    });
    "an image that is missing, a Secret that is wrong, a volume that nobody makes".to_owned()
}

fn a_missing_image(world: &World) {
    let up = |world: &World| {
        let args =
            ["cluster", "up", "--image", "ginflix/server:absent", "--timeout", "60s", "--rollback"];
        let outcome = world.run(&args);
        assert_ne!(outcome.code, 0, "{outcome:#?}");
        outcome.stderr
    };
    let undo = |world: &World| {
        world.run(&["cluster", "up", "--image", "ginflix/server:0.1.0"]).expect_success();
        mend(world);
    };
    one(world, "image missing", |_| {}, up, &["ginflix/server:absent"], undo);
}

/// A database that knows another password than the Secret: `up` derives the address from it.
fn a_wrong_secret(world: &World) {
    let key = "jsonpath={.data.database-password}";
    let right = world.kubectl.text(&["get", "secret", "ginflix", "--output", key]);
    let set = |world: &World, value: &str| {
        let patch = format!(r#"{{"data":{{"database-password":"{value}"}}}}"#);
        world.kubectl.text(&["patch", "secret", "ginflix", "--patch", &patch]);
    };
    let put = |world: &World| set(world, "d3Jvbmc="); // wrong
    let up = |world: &World| {
        let outcome = world.run(&["cluster", "up", "--timeout", "100s"]);
        assert_ne!(outcome.code, 0, "{outcome:#?}");
        outcome.stderr
    };
    let undo = |world: &World| {
        set(world, &right);
        mend(world);
    };
    one(world, "wrong Secret", put, up, &["web", "password"], undo);
}

/// A storage class that does not exist.
fn a_volume_that_nobody_makes(world: &World) {
    let up = |world: &World| {
        let args = ["cluster", "up", "--provider", "kubernetes", "--storage-class", "absent"];
        let outcome = world.run_beside(&[&args[..], &["--timeout", "60s"]].concat());
        assert_ne!(outcome.code, 0, "{outcome:#?}");
        outcome.stderr
    };
    let undo = |world: &World| {
        drop(world.run_beside(&["cluster", "down", "--delete-data"]).expect_success())
    };
    one(world, "no volume", |_| {}, up, &["database", "volume claim", "absent"], undo);
}
