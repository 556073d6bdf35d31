//! The life of a cluster, step by step; each says what it saw.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ginflix_tests::browser::Browser;
use ginflix_tests::kubectl::{expect_success, name, run_on_node};
use ginflix_tests::{binaries, media_files, wait};
use serde_json::Value;

use crate::load;
use crate::world::World;

/// How long a part may take to be ready again.
const READY: Duration = Duration::from_secs(300);
/// How long a film may take to be on every streamer.
const HEAL: Duration = Duration::from_secs(300);
/// The image of this version, and one that is newer in name.
const IMAGE: &str = "ginflix/server:0.1.0";
const NEXT: &str = "ginflix/server:0.1.1";
/// Most of an image built for release, bytes.
const GOAL: u64 = 30_000_000;

/// The image, made with no registry.
pub fn image(world: &mut World) -> String {
    let said = make_image(world, IMAGE, "0");
    let size = said.split(": ").nth(1).and_then(|rest| rest.split(';').next()).unwrap_or_default();
    world.figure("size of the image, unpacked", size.to_owned());
    let megabytes: f64 = size.split(' ').next().unwrap().parse().unwrap();
    let is_release = binaries::server().parent().unwrap().ends_with("release");
    assert!(!is_release || megabytes * 1e6 < GOAL as f64, "{size}, of {GOAL} bytes");
    size.to_owned()
}

/// What the script said. Another time of making makes another image.
fn make_image(world: &World, tag: &str, epoch: &str) -> String {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../scripts/image");
    let mut make = std::process::Command::new(script);
    make.arg("--binary")
        .arg(binaries::server())
        .args(["--tag", tag])
        .env("SOURCE_DATE_EPOCH", epoch);
    let cluster = world.context.as_ref().and_then(|context| context.strip_prefix("kind-"));
    make.args(cluster.into_iter().flat_map(|cluster| ["--load-kind", cluster]));
    let output = make.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    expect_success("scripts/image", output);
    said.lines().rfind(|line| line.starts_with("image: ")).unwrap().to_owned()
}

/// From nothing to a site that answers.
pub fn up_from_nothing(world: &mut World) -> String {
    let took = world.up(&[]);
    let what = if world.context.is_some() {
        "on a cluster that is there"
    } else {
        "from nothing, three nodes of kind included"
    };
    world.figure(&format!("`cluster up` {what}"), seconds(took));
    world.kubectl.wait_until_ready("web", 2, READY);
    format!("{} at {}", seconds(took), world.url)
}

/// Nothing changes, nothing is made twice.
pub fn up_again(world: &mut World) -> String {
    let pods = |world: &World| -> Vec<String> {
        world.kubectl.list(&["pods"]).iter().map(|pod| pod["metadata"]["uid"].to_string()).collect()
    };
    let before = pods(world);
    let took = world.up(&[]);
    assert_eq!(pods(world), before, "a second `up` leaves what runs alone");
    world.figure("`cluster up` on a cluster that runs", seconds(took));
    seconds(took)
}

/// The API server takes what `--dry-run` prints.
pub fn dry_run(world: &mut World) -> String {
    let yaml = world.run(&["cluster", "up", "--dry-run", "-o", "yaml"]).expect_success().stdout;
    let file = tempfile::Builder::new().suffix(".yaml").tempfile().unwrap();
    std::fs::write(&file, yaml).unwrap();
    let path = file.path().to_str().unwrap();
    let apply = [
        "apply",
        "--server-side",
        "--field-manager=ginflix",
        "--dry-run=server",
        "--validate=strict",
        "--filename",
        path,
    ];
    let output = world.kubectl.run(&apply);
    let warnings = String::from_utf8_lossy(&output.stderr).into_owned();
    let objects = expect_success("a dry run on the server", output).lines().count();
    assert!(!warnings.contains("Warning"), "{warnings}");
    format!("{objects} objects, no warning")
}

/// What the kernel says of the processes, where the nodes are at hand.
pub fn hardened(world: &mut World) -> String {
    let nodes: Vec<String> =
        world.kubectl.list(&["nodes"]).iter().map(|node| name(node).to_owned()).collect();
    // Its own words: user, capabilities, no way to more, filter of system calls.
    let script = r#"for p in /proc/[0-9]*; do case $(cat $p/comm 2>/dev/null) in ginflix-server|postgres|caddy)
        echo "$(cat $p/comm) $(awk '/^(Uid|CapEff|CapBnd|NoNewPrivs|Seccomp):/ {print $1 $2}' $p/status | tr '\n' ' ')
        root=$(awk '$5 == "/" {print $6}' $p/mountinfo | cut -d, -f1)" | tr '\n' ' '; echo;; esac; done"#;
    let mut seen = 0;
    for line in nodes
        .iter()
        .flat_map(|node| run_on_node(node, script).lines().map(str::to_owned).collect::<Vec<_>>())
    {
        let program = line.split(' ').next().unwrap();
        // NET_BIND_SERVICE alone, which the official image of Caddy asks for.
        let bound =
            if program == "caddy" { "CapBnd:0000000000000400" } else { "CapBnd:0000000000000000" };
        for wanted in ["CapEff:0000000000000000", "NoNewPrivs:1", "Seccomp:2", "root=ro", bound] {
            assert!(line.contains(wanted), "no {wanted}: {line}");
        }
        assert!(!line.contains("Uid:0 "), "root: {line}");
        seen += 1;
    }
    assert!(seen >= 7, "only {seen} processes were found");
    format!("{seen} processes: no root, no capability, no new privileges, seccomp, read-only root")
}

/// 300 MB through the gateway, registered.
pub fn upload(world: &mut World) -> String {
    let begun = Instant::now();
    let film = world.film.path.to_str().unwrap().to_owned();
    world.run(&["upload", &film, "--add", "--title", "The Long Field"]).expect_success();
    let took = begun.elapsed();
    let movies = world.json(&["movie", "list"]);
    world.movie = find(&movies, "id").to_owned();
    let rate = 300.0 / took.as_secs_f64();
    world.figure(
        "upload of 300 MB through the gateway",
        format!("{} ({rate:.0} MB/s)", seconds(took)),
    );
    replicated(world, 2);
    seconds(took)
}

/// The first string under this key.
fn find<'a>(value: &'a Value, key: &str) -> &'a str {
    let items = value["items"].as_array().or(value.as_array()).unwrap();
    items[0][key].as_str().unwrap()
}

/// Waits until so many volumes have the film, to the byte.
fn replicated(world: &World, count: usize) {
    let film = &world.film;
    wait::until(HEAL, &format!("{count} streamers with the film"), || {
        let volumes = world.kubectl.volumes("streamer");
        let is_there = |(_, node, folder): &(String, String, String)| {
            let script = format!("sha256sum {folder}/media/{} 2>/dev/null || true", film.name);
            run_on_node(node, &script).starts_with(&film.sha256)
        };
        // Hashing costs: only where all are said to be there.
        let sized = volumes.iter().filter(|(_, node, folder)| {
            let script = format!("stat -c %s {folder}/media/{} 2>/dev/null || true", film.name);
            run_on_node(node, &script).trim() == film.bytes.len().to_string()
        });
        (sized.count() == count && volumes.iter().filter(|v| is_there(v)).count() == count)
            .then_some(())
    });
}

/// Everything is well, and the film plays from each streamer.
pub fn check(world: &mut World) -> String {
    let begun = Instant::now();
    let outcome = world.run(&["cluster", "check"]).expect_success();
    let took = begun.elapsed();
    world.figure("`cluster check`, with a film of 300 MB", seconds(took));
    format!("{}: {}", seconds(took), outcome.stdout.lines().last().unwrap_or_default())
}

/// A browser plays it by the gateway's address, and it counts.
pub fn play(world: &mut World) -> String {
    let before = views(world);
    let url = format!("{}/movies/{}", world.url, world.movie);
    world.runtime.block_on(async {
        let browser = Browser::launch().await;
        let tab = browser.open(&url).await;
        watch(&tab, media_files::DURATION_SECONDS as f64 * 0.6).await;
        tab.wait_for_within("player.dataset.counted === 'true'", READY).await;
        // Browsers complain of any plain HTTP that is not this machine's own.
        if url.starts_with("http://127.0.0.1:") {
            tab.assert_no_errors();
        }
        browser.close().await;
    });
    assert_eq!(views(world), before + 1);
    "played in Chromium, counted once".to_owned()
}

/// Plays until so many seconds.
async fn watch(tab: &ginflix_tests::browser::Tab, until: f64) {
    tab.wait_for_within("player.readyState >= 1", READY).await;
    tab.eval("player.play()").await;
    tab.wait_for_within(&format!("player.currentTime > {until} || player.ended"), READY).await;
    assert_eq!(tab.eval("player.error").await, Value::Null);
}

fn views(world: &World) -> u64 {
    world.json(&["views"])["total"].as_u64().unwrap()
}

/// A third streamer, while 500 range requests are in flight.
pub fn scale(world: &mut World) -> String {
    let bytes: Arc<[u8]> = world.film.bytes.clone().into();
    let tally = load::ranges(&world.runtime, &world.stream(world.film.name), &bytes, 500, || {
        world.run(&["cluster", "scale", "streamer=3"]).expect_success();
        world.kubectl.wait_until_ready("streamer", 3, READY);
    });
    assert!(
        tally.failures.is_empty(),
        "{} of {}: {:?}",
        tally.failures.len(),
        tally.right,
        tally.failures.first()
    );
    replicated(world, 3);
    format!("{} requests right, 0 failed; three equal films", tally.right)
}

/// A streamer and its volume are lost while someone watches.
pub fn heal(world: &mut World) -> String {
    let bytes: Arc<[u8]> = world.film.bytes.clone().into();
    let (claim, ..) = world.kubectl.volumes("streamer").swap_remove(1);
    let pod = claim.trim_start_matches("media-").to_owned();
    let url = format!("{}/movies/{}", world.url, world.movie);
    let (browser, tab) = world.runtime.block_on(async {
        let browser = Browser::launch().await;
        let tab = browser.open(&url).await;
        watch(&tab, 2.0).await;
        (browser, tab)
    });
    let mut healed = Duration::ZERO;
    let mut results = Vec::new();
    let (runtime, stream) = (&world.runtime, world.stream(world.film.name));
    let tally = load::ranges(runtime, &stream, &bytes, 20, || {
        results = load::downloads(runtime, &stream, 3, 10_000_000, || {
            world.kubectl.text(&["delete", "persistentvolumeclaim", &claim, "--wait=false"]);
            world.kubectl.text(&["delete", "pod", &pod, "--wait=false"]);
            let gone =
                || world.kubectl.pods("streamer").iter().all(|p| name(p) != pod).then_some(());
            wait::until(READY, &format!("{pod} to go"), gone);
            world.kubectl.wait_until_ready("streamer", 3, READY);
            let begun = Instant::now();
            replicated(world, 3);
            healed = begun.elapsed();
        });
    });
    for result in &results {
        let (sha256, _) = result.as_ref().unwrap();
        assert_eq!(*sha256, world.film.sha256);
    }
    world.runtime.block_on(async {
        watch(&tab, media_files::DURATION_SECONDS as f64 * 0.9).await;
        browser.close().await;
    });
    // A request in flight on the pod that went may be cut once; a viewer asks again.
    assert!(tally.failures.len() <= 20, "{} failed: {:?}", tally.failures.len(), tally.failures);
    world.figure(
        "300 MB back on an emptied volume, from when the new pod is ready",
        seconds(healed),
    );
    format!(
        "healed in {}; {} ranges right, {} cut and right when asked again; 3 downloads byte-equal",
        seconds(healed),
        tally.right,
        tally.failures.len()
    )
}

/// Streams go on without the database, and no view is lost.
pub fn restart_database(world: &mut World) -> String {
    let before = views(world);
    let bytes: Arc<[u8]> = world.film.bytes.clone().into();
    let url = format!("{}/movies/{}", world.url, world.movie);
    let (browser, tab) = world.runtime.block_on(async {
        let browser = Browser::launch().await;
        let tab = browser.open(&url).await;
        watch(&tab, 2.0).await;
        (browser, tab)
    });
    let tally = load::ranges(&world.runtime, &world.stream(world.film.name), &bytes, 50, || {
        world.kubectl.text(&["delete", "pod", "database-0", "--wait=true"]);
        world.runtime.block_on(watch(&tab, media_files::DURATION_SECONDS as f64 * 0.6));
        world.kubectl.wait_until_ready("database", 1, READY);
    });
    assert!(tally.failures.is_empty(), "{:?}", tally.failures);
    world.runtime.block_on(async {
        tab.wait_for_within("player.dataset.counted === 'true'", READY).await;
        browser.close().await;
    });
    wait::until(READY, "the view", || (views(world) == before + 1).then_some(()));
    format!("{} ranges right meanwhile, the view counted", tally.right)
}

/// Another version under viewers who download.
pub fn upgrade(world: &mut World) -> String {
    const SIZE: usize = 40_000_000;
    make_image(world, NEXT, "86400");
    let part = &world.film.bytes[..SIZE];
    let sha256 = ginflix_tests::http::sha256(part);
    let path = world.cli.file("slow.mp4", part);
    world.run(&["upload", path.to_str().unwrap()]).expect_success();
    let mut took = Duration::ZERO;
    let results = load::downloads(&world.runtime, &world.stream("slow.mp4"), 50, 400_000, || {
        let begun = Instant::now();
        world.run(&["cluster", "upgrade", "--image", NEXT]).expect_success();
        took = begun.elapsed();
    });
    let (mut equal, mut cuts, mut wrong) = (0, 0, Vec::new());
    for result in results {
        match result {
            Ok((got, resumed)) if got == sha256 => {
                equal += 1;
                cuts += resumed;
            }
            other => wrong.push(format!("{other:?}")),
        }
    }
    assert!(wrong.is_empty(), "{equal} of 50: {wrong:?}");
    let images = world.kubectl.pods("streamer");
    assert!(images.iter().all(|pod| pod["spec"]["containers"][0]["image"] == NEXT));
    world.figure("`cluster upgrade` under 50 downloads", seconds(took));
    format!("{}; 50 of 50 byte-equal, {cuts} went on after a cut", seconds(took))
}

/// The worker with the database goes while people watch: they go on, it is named, and all is well
/// again when it is back.
pub fn lose_a_worker(world: &mut World) -> String {
    let database = world.kubectl.pods("database").swap_remove(0);
    let node = database["spec"]["nodeName"].as_str().unwrap().to_owned();
    let docker = |verb: &str| {
        expect_success(
            verb,
            std::process::Command::new("docker").args([verb, &node]).output().unwrap(),
        );
    };
    let results =
        load::downloads(&world.runtime, &world.stream(world.film.name), 5, 4_000_000, || {
            docker("stop");
            let lost = || {
                let status = world.run(&["cluster", "status", "-o", "json"]).stdout;
                let status: Value = serde_json::from_str(&status).ok()?;
                let nodes = status["nodes"].as_array()?;
                nodes
                    .iter()
                    .any(|n| n["name"] == node.as_str() && n["is_ready"] == false)
                    .then_some(())
            };
            wait::until(READY, &format!("`status` to name {node}"), lost);
        });
    let check = world.run(&["cluster", "check", "-o", "json"]);
    docker("start");
    for result in &results {
        assert_eq!(result.as_ref().unwrap().0, world.film.sha256);
    }
    assert!(check.code == 1 && check.stdout.contains(&node), "`check` names {node}: {check:#?}");
    wait::until(READY, "the worker to be back", || {
        let nodes = world.kubectl.list(&["nodes"]);
        nodes.iter().all(ginflix_tests::kubectl::is_ready).then_some(())
    });
    world.kubectl.wait_until_ready("streamer", 3, READY);
    let healed = || (world.run(&["cluster", "check"]).code == 0).then_some(());
    wait::until(READY, "`check` to find nothing wrong", healed);
    format!("5 downloads byte-equal; `status` and `check` name {node}, and then nothing")
}

/// Stopped and started: everything is there.
pub fn down_and_up(world: &mut World) -> String {
    let before = views(world);
    world.run(&["cluster", "down"]).expect_success();
    assert!(world.kubectl.pods("streamer").is_empty(), "nothing runs");
    let took = world.up(&[]);
    world.figure("`cluster up` after `cluster down`", seconds(took));
    assert_eq!(views(world), before);
    let movies = world.json(&["movie", "list"]);
    assert_eq!(find(&movies, "title"), "The Long Field");
    let url = world.stream(world.film.name);
    let got =
        load::downloads(&world.runtime, &url, 1, 1_000_000_000, || {}).swap_remove(0).unwrap().0;
    assert_eq!(got, world.film.sha256);
    seconds(took)
}

/// Nothing is left.
pub fn down_with_data(world: &mut World) -> String {
    world.run(&["cluster", "down", "--delete-data"]).expect_success();
    if world.context.is_none() {
        let clusters = std::process::Command::new("kind").args(["get", "clusters"]).output();
        let clusters = expect_success("kind get clusters", clusters.unwrap());
        assert!(clusters.lines().all(|cluster| cluster != world.name), "{clusters}");
        return "the kind cluster is gone".to_owned();
    }
    let left = || {
        let namespace = world.kubectl.run(&["get", "namespace", &world.name]);
        let volumes = world.kubectl.list(&["persistentvolumes"]);
        let ours =
            volumes.iter().any(|v| v["spec"]["claimRef"]["namespace"] == world.name.as_str());
        (!namespace.status.success() && !ours).then_some(())
    };
    wait::until(READY, "namespace and volumes to be gone", left);
    "no namespace, no volume".to_owned()
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}
