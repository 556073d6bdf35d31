//! The steps of a cluster from its creation to its deletion; each returns a report.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ginflix_tests::browser::Browser;
use ginflix_tests::kubectl::{expect_success, name, run_on_node};
use ginflix_tests::{binaries, media_files, wait};
use serde_json::Value;

use crate::load;
use crate::world::{World, playable};

/// How long a component may take to be ready again.
const READY_TIMEOUT: Duration = Duration::from_secs(300);
/// How long a media file may take to be on every streamer.
const REPLICATION_TIMEOUT: Duration = Duration::from_secs(300);
/// The image of this version.
const IMAGE: &str = "ginflix/server:0.1.0";
/// An image of the same program with the name of a later version.
const NEXT_IMAGE: &str = "ginflix/server:0.1.1";
/// The largest allowed size of an image of a release build, in bytes.
const IMAGE_SIZE_LIMIT: u64 = 30_000_000;

/// Builds the image, without a registry.
pub fn image(world: &mut World) -> String {
    let output = build_image(world, IMAGE, "0");
    let size =
        output.split(": ").nth(1).and_then(|rest| rest.split(';').next()).unwrap_or_default();
    world.figure("size of the image, unpacked", size.to_owned());
    let megabytes: f64 = size.split(' ').next().unwrap().parse().unwrap();
    let is_release = binaries::server().parent().unwrap().ends_with("release");
    assert!(
        !is_release || megabytes * 1e6 < IMAGE_SIZE_LIMIT as f64,
        "{size}, limit {IMAGE_SIZE_LIMIT} bytes"
    );
    size.to_owned()
}

/// Builds an image, and returns the last line of the script. Another `epoch` makes another image.
fn build_image(world: &World, tag: &str, epoch: &str) -> String {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../scripts/image");
    let mut build = std::process::Command::new(script);
    build
        .arg("--binary")
        .arg(binaries::server())
        .args(["--tag", tag])
        .env("SOURCE_DATE_EPOCH", epoch);
    let cluster = world.context.as_ref().and_then(|context| context.strip_prefix("kind-"));
    build.args(cluster.into_iter().flat_map(|cluster| ["--load-kind", cluster]));
    let output = build.output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    expect_success("scripts/image", output);
    text.lines().rfind(|line| line.starts_with("image: ")).unwrap().to_owned()
}

/// Creates the cluster and waits until its site responds.
pub fn up_from_nothing(world: &mut World) -> String {
    let elapsed = world.up(&[]);
    let what = if world.context.is_some() {
        "on an existing Kubernetes cluster"
    } else {
        "from nothing, three nodes of kind included"
    };
    world.figure(&format!("`cluster up` {what}"), seconds(elapsed));
    world.kubectl.wait_until_ready("web", 2, READY_TIMEOUT);
    format!("{} at {}", seconds(elapsed), world.url)
}

/// Brings the cluster up again, which changes nothing.
pub fn up_again(world: &mut World) -> String {
    let pods = |world: &World| -> Vec<String> {
        world.kubectl.list(&["pods"]).iter().map(|pod| pod["metadata"]["uid"].to_string()).collect()
    };
    let before = pods(world);
    let elapsed = world.up(&[]);
    assert_eq!(pods(world), before, "a second `up` has replaced pods");
    world.figure("`cluster up` on a cluster that runs", seconds(elapsed));
    seconds(elapsed)
}

/// Lets the API server validate the output of `--dry-run`.
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

/// Checks the privileges of the processes on the nodes, as the kernel reports them.
pub fn hardened(world: &mut World) -> String {
    let nodes: Vec<String> =
        world.kubectl.list(&["nodes"]).iter().map(|node| name(node).to_owned()).collect();
    // User, capabilities, no_new_privs, seccomp mode, and whether the root is read-only.
    let script = r#"for p in /proc/[0-9]*; do case $(cat $p/comm 2>/dev/null) in ginflix-server|postgres|caddy)
        echo "$(cat $p/comm) $(awk '/^(Uid|CapEff|CapBnd|NoNewPrivs|Seccomp):/ {print $1 $2}' $p/status | tr '\n' ' ')
        root=$(awk '$5 == "/" {print $6}' $p/mountinfo | cut -d, -f1)" | tr '\n' ' '; echo;; esac; done"#;
    let mut count = 0;
    for line in nodes
        .iter()
        .flat_map(|node| run_on_node(node, script).lines().map(str::to_owned).collect::<Vec<_>>())
    {
        let program = line.split(' ').next().unwrap();
        // Only NET_BIND_SERVICE, which the official image of Caddy requests.
        let bounding_set =
            if program == "caddy" { "CapBnd:0000000000000400" } else { "CapBnd:0000000000000000" };
        for expected in
            ["CapEff:0000000000000000", "NoNewPrivs:1", "Seccomp:2", "root=ro", bounding_set]
        {
            assert!(line.contains(expected), "no {expected}: {line}");
        }
        assert!(!line.contains("Uid:0 "), "root: {line}");
        count += 1;
    }
    assert!(count >= 7, "only {count} processes were found");
    format!("{count} processes: no root, no capability, no new privileges, seccomp, read-only root")
}

/// Uploads 300 MB through the gateway and adds a movie for it.
pub fn upload(world: &mut World) -> String {
    let start = Instant::now();
    let path = world.media.path.to_str().unwrap().to_owned();
    world.run(&["upload", &path, "--add", "--title", "The Long Field"]).expect_success();
    let elapsed = start.elapsed();
    let movies = world.json(&["movie", "list"]);
    world.movie = first_item(&movies, "id").to_owned();
    let rate = 300.0 / elapsed.as_secs_f64();
    world.figure(
        "upload of 300 MB through the gateway",
        format!("{} ({rate:.0} MB/s)", seconds(elapsed)),
    );
    wait_for_replicas(world, 2);
    seconds(elapsed)
}

/// Returns the string with this key in the first item of a list.
fn first_item<'a>(value: &'a Value, key: &str) -> &'a str {
    let items = value["items"].as_array().or(value.as_array()).unwrap();
    items[0][key].as_str().unwrap()
}

/// Waits until `count` volumes have a correct replica of the media file.
fn wait_for_replicas(world: &World, count: usize) {
    let media = &world.media;
    wait::until(REPLICATION_TIMEOUT, &format!("{count} replicas"), || {
        let volumes = world.kubectl.volumes("streamer");
        let is_correct = |(_, node, folder): &(String, String, String)| {
            let script = format!("sha256sum {folder}/media/{} 2>/dev/null || true", media.name);
            run_on_node(node, &script).starts_with(&media.sha256)
        };
        // Hashing is slow, so the test hashes only when all replicas have the right size.
        let sized = volumes.iter().filter(|(_, node, folder)| {
            let script = format!("stat -c %s {folder}/media/{} 2>/dev/null || true", media.name);
            run_on_node(node, &script).trim() == media.bytes.len().to_string()
        });
        (sized.count() == count && volumes.iter().filter(|v| is_correct(v)).count() == count)
            .then_some(())
    });
}

/// Runs the check, which must find no fault.
pub fn check(world: &mut World) -> String {
    let start = Instant::now();
    let outcome = world.run(&["cluster", "check"]).expect_success();
    let elapsed = start.elapsed();
    world.figure("`cluster check`, with a media file of 300 MB", seconds(elapsed));
    format!("{}: {}", seconds(elapsed), outcome.stdout.lines().last().unwrap_or_default())
}

/// Plays the movie in a browser, and checks that the view counts.
pub fn play(world: &mut World) -> String {
    let before = views(world);
    let url = format!("{}/movies/{}", world.url, world.movie);
    world.runtime.block_on(async {
        let browser = Browser::launch().await;
        let tab = browser.open(&url).await;
        watch(&tab, media_files::DURATION_SECONDS as f64 * 0.6).await;
        tab.wait_for_within("player.dataset.counted === 'true'", READY_TIMEOUT).await;
        // Browsers warn about plain HTTP from other machines.
        if url.starts_with("http://127.0.0.1:") {
            tab.assert_no_errors();
        }
        browser.close().await;
    });
    assert_eq!(views(world), before + 1);
    "played in Chromium, counted once".to_owned()
}

/// Plays until the position `until`, in seconds.
async fn watch(tab: &ginflix_tests::browser::Tab, until: f64) {
    tab.wait_for_within("player.readyState >= 1", READY_TIMEOUT).await;
    tab.eval("player.play()").await;
    tab.wait_for_within(&format!("player.currentTime > {until} || player.ended"), READY_TIMEOUT)
        .await;
    assert_eq!(tab.eval("player.error").await, Value::Null);
}

fn views(world: &World) -> u64 {
    world.json(&["views"])["total"].as_u64().unwrap()
}

/// Adds a third streamer while 500 viewers request ranges.
pub fn scale(world: &mut World) -> String {
    let bytes: Arc<[u8]> = world.media.bytes.clone().into();
    let tally = load::request_ranges(
        &world.runtime,
        &world.stream_url(world.media.name),
        &bytes,
        500,
        || {
            world.run(&["cluster", "scale", "streamer=3"]).expect_success();
            world.kubectl.wait_until_ready("streamer", 3, READY_TIMEOUT);
        },
    );
    assert!(
        tally.failures.is_empty(),
        "{} requests failed, {} did not: {:?}",
        tally.failures.len(),
        tally.right,
        tally.failures.first()
    );
    wait_for_replicas(world, 3);
    format!("{} requests right, 0 failed; three correct replicas", tally.right)
}

/// Deletes a streamer and its volume while viewers watch.
pub fn heal(world: &mut World) -> String {
    let bytes: Arc<[u8]> = world.media.bytes.clone().into();
    let (claim, ..) = world.kubectl.volumes("streamer").swap_remove(1);
    let pod = claim.trim_start_matches("media-").to_owned();
    let url = format!("{}/movies/{}", world.url, world.movie);
    let (browser, tab) = world.runtime.block_on(async {
        let browser = Browser::launch().await;
        let tab = browser.open(&url).await;
        watch(&tab, 2.0).await;
        (browser, tab)
    });
    let mut repair_time = Duration::ZERO;
    let mut results = Vec::new();
    let (runtime, stream) = (&world.runtime, world.stream_url(world.media.name));
    let tally = load::request_ranges(runtime, &stream, &bytes, 20, || {
        results = load::download(runtime, &stream, 3, 10_000_000, || {
            world.kubectl.text(&["delete", "persistentvolumeclaim", &claim, "--wait=false"]);
            world.kubectl.text(&["delete", "pod", &pod, "--wait=false"]);
            let is_gone =
                || world.kubectl.pods("streamer").iter().all(|p| name(p) != pod).then_some(());
            wait::until(READY_TIMEOUT, &format!("{pod} to go"), is_gone);
            world.kubectl.wait_until_ready("streamer", 3, READY_TIMEOUT);
            let start = Instant::now();
            wait_for_replicas(world, 3);
            repair_time = start.elapsed();
        });
    });
    for result in &results {
        let (sha256, _) = result.as_ref().unwrap();
        assert_eq!(*sha256, world.media.sha256);
    }
    world.runtime.block_on(async {
        watch(&tab, media_files::DURATION_SECONDS as f64 * 0.9).await;
        browser.close().await;
    });
    // A request to the deleted pod may be interrupted once; a player then retries it.
    assert!(tally.failures.len() <= 20, "{} failed: {:?}", tally.failures.len(), tally.failures);
    world.figure(
        "300 MB back on an emptied volume, from when the new pod is ready",
        seconds(repair_time),
    );
    format!(
        "replica restored in {}; {} ranges right, {} interrupted; 3 downloads byte-equal",
        seconds(repair_time),
        tally.right,
        tally.failures.len()
    )
}

/// Restarts the database: streams continue, and no view is lost.
pub fn restart_database(world: &mut World) -> String {
    let before = views(world);
    let bytes: Arc<[u8]> = world.media.bytes.clone().into();
    let url = format!("{}/movies/{}", world.url, world.movie);
    let (browser, tab) = world.runtime.block_on(async {
        let browser = Browser::launch().await;
        let tab = browser.open(&url).await;
        watch(&tab, 2.0).await;
        (browser, tab)
    });
    let tally = load::request_ranges(
        &world.runtime,
        &world.stream_url(world.media.name),
        &bytes,
        50,
        || {
            world.kubectl.text(&["delete", "pod", "database-0", "--wait=true"]);
            world.runtime.block_on(watch(&tab, media_files::DURATION_SECONDS as f64 * 0.6));
            world.kubectl.wait_until_ready("database", 1, READY_TIMEOUT);
        },
    );
    assert!(tally.failures.is_empty(), "{:?}", tally.failures);
    world.runtime.block_on(async {
        tab.wait_for_within("player.dataset.counted === 'true'", READY_TIMEOUT).await;
        browser.close().await;
    });
    wait::until(READY_TIMEOUT, "the view", || (views(world) == before + 1).then_some(()));
    format!("{} ranges right, the view counted", tally.right)
}

/// Upgrades the cluster while viewers download.
pub fn upgrade(world: &mut World) -> String {
    const SIZE: usize = 40_000_000;
    build_image(world, NEXT_IMAGE, "86400");
    let content = playable(SIZE);
    let sha256 = ginflix_tests::http::sha256(&content);
    let path = world.cli.file("slow.mp4", &content);
    world.run(&["upload", path.to_str().unwrap()]).expect_success();
    let mut elapsed = Duration::ZERO;
    let results =
        load::download(&world.runtime, &world.stream_url("slow.mp4"), 50, 400_000, || {
            let start = Instant::now();
            world.run(&["cluster", "upgrade", "--image", NEXT_IMAGE]).expect_success();
            elapsed = start.elapsed();
        });
    let (mut equal, mut interruptions, mut wrong) = (0, 0, Vec::new());
    for result in results {
        match result {
            Ok((hash, count)) if hash == sha256 => {
                equal += 1;
                interruptions += count;
            }
            other => wrong.push(format!("{other:?}")),
        }
    }
    assert!(wrong.is_empty(), "{equal} of 50: {wrong:?}");
    let images = world.kubectl.pods("streamer");
    assert!(images.iter().all(|pod| pod["spec"]["containers"][0]["image"] == NEXT_IMAGE));
    world.figure("`cluster upgrade` under 50 downloads", seconds(elapsed));
    format!("{}; 50 of 50 byte-equal, {interruptions} interruptions", seconds(elapsed))
}

/// Stops the worker node with the database while viewers watch: streams continue, the node is
/// reported, and no fault is left after its restart.
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
        load::download(&world.runtime, &world.stream_url(world.media.name), 5, 4_000_000, || {
            docker("stop");
            let is_reported = || {
                let status = world.run(&["cluster", "status", "-o", "json"]).stdout;
                let status: Value = serde_json::from_str(&status).ok()?;
                let nodes = status["nodes"].as_array()?;
                nodes
                    .iter()
                    .any(|n| n["name"] == node.as_str() && n["is_ready"] == false)
                    .then_some(())
            };
            wait::until(READY_TIMEOUT, &format!("`status` to name {node}"), is_reported);
        });
    let check = world.run(&["cluster", "check", "-o", "json"]);
    docker("start");
    for result in &results {
        assert_eq!(result.as_ref().unwrap().0, world.media.sha256);
    }
    assert!(check.code == 1 && check.stdout.contains(&node), "`check` names {node}: {check:#?}");
    wait::until(READY_TIMEOUT, "the worker to be ready", || {
        let nodes = world.kubectl.list(&["nodes"]);
        nodes.iter().all(ginflix_tests::kubectl::is_ready).then_some(())
    });
    world.kubectl.wait_until_ready("streamer", 3, READY_TIMEOUT);
    let passes = || (world.run(&["cluster", "check"]).code == 0).then_some(());
    wait::until(READY_TIMEOUT, "`check` to find no fault", passes);
    format!("5 downloads byte-equal; `status` and `check` report {node}, and no fault at the end")
}

/// Stops and starts the cluster, which keeps everything.
pub fn down_and_up(world: &mut World) -> String {
    let before = views(world);
    world.run(&["cluster", "down"]).expect_success();
    assert!(world.kubectl.pods("streamer").is_empty(), "a streamer runs after `down`");
    let elapsed = world.up(&[]);
    world.figure("`cluster up` after `cluster down`", seconds(elapsed));
    assert_eq!(views(world), before);
    let movies = world.json(&["movie", "list"]);
    assert_eq!(first_item(&movies, "title"), "The Long Field");
    let url = world.stream_url(world.media.name);
    let hash =
        load::download(&world.runtime, &url, 1, 1_000_000_000, || {}).swap_remove(0).unwrap().0;
    assert_eq!(hash, world.media.sha256);
    seconds(elapsed)
}

/// Deletes the cluster, and checks that nothing of it is left.
pub fn down_with_data(world: &mut World) -> String {
    world.run(&["cluster", "down", "--delete-data"]).expect_success();
    if world.context.is_none() {
        let clusters = std::process::Command::new("kind").args(["get", "clusters"]).output();
        let clusters = expect_success("kind get clusters", clusters.unwrap());
        assert!(clusters.lines().all(|cluster| cluster != world.name), "{clusters}");
        return "the kind cluster is gone".to_owned();
    }
    let is_gone = || {
        let namespace = world.kubectl.run(&["get", "namespace", &world.name]);
        let volumes = world.kubectl.list(&["persistentvolumes"]);
        let ours =
            volumes.iter().any(|v| v["spec"]["claimRef"]["namespace"] == world.name.as_str());
        (!namespace.status.success() && !ours).then_some(())
    };
    wait::until(READY_TIMEOUT, "namespace and volumes to be gone", is_gone);
    "no namespace, no volume".to_owned()
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}
