//! Tests the whole service on a real Kubernetes cluster, from its creation to its deletion. Run it
//! with `make test-cluster`. The steps run in order, and each prints a report.

#![allow(clippy::unwrap_used)] // a panic is how a test fails
#![allow(clippy::print_stderr)] // for the person who runs the test

mod faults;
mod load;
mod policies;
mod steps;
mod world;

use std::fmt::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use world::World;

/// A step of the test, which returns its report.
type TestStep = fn(&mut World) -> String;

/// The steps in their order. A step that fails does not stop the others, unless it is `up`.
const STEPS: [(&str, TestStep); 19] = [
    ("image", steps::image),
    ("up", steps::up_from_nothing),
    ("up-again", steps::up_again),
    ("dry-run", steps::dry_run),
    ("hardened", steps::hardened),
    ("policies", policies::check_connections),
    ("upload", steps::upload),
    ("check", steps::check),
    ("play", steps::play),
    ("scale", steps::scale),
    ("heal", steps::heal),
    ("restart-database", steps::restart_database),
    ("faults-files", faults::damaged_files),
    ("faults-gateway", faults::gateway_without_ranges),
    ("faults-database", faults::stopped_database),
    ("faults-starting", faults::pods_that_cannot_start),
    ("upgrade", steps::upgrade),
    ("lose-a-worker", steps::lose_a_worker),
    ("down-and-up", steps::down_and_up),
];

/// With `GINFLIX_STEPS=up,policies` only these steps run, and the cluster is kept. `GINFLIX_FIGURES`
/// names a file to which the figures of a complete run without failures are written.
#[test]
#[ignore = "needs Docker, kind and kubectl, and many minutes; make test-cluster"]
fn a_cluster_works_from_its_creation_to_its_deletion() {
    let only = std::env::var("GINFLIX_STEPS").ok().filter(|steps| !steps.is_empty());
    let mut world = World::new();
    let mut failed = Vec::new();
    let start = Instant::now();
    if only.is_some() {
        world.resume();
    }
    let last: (&str, TestStep) = ("down-with-data", steps::down_with_data);
    for (name, step) in STEPS.into_iter().chain([last]) {
        if only.as_ref().is_some_and(|only| !only.split(',').any(|wanted| wanted == name)) {
            continue;
        }
        let start = Instant::now();
        let outcome = catch_unwind(AssertUnwindSafe(|| step(&mut world)));
        let elapsed = start.elapsed().as_secs_f64();
        match outcome {
            Ok(report) => eprintln!("ok     {elapsed:6.1} s  {name}: {report}"),
            Err(_) => {
                eprintln!("FAILED {elapsed:6.1} s  {name}");
                failed.push(name);
                if name == "up" {
                    break; // all other steps need the cluster
                }
            }
        }
    }
    eprintln!("\n{}in all {:.0} s", table(&world), start.elapsed().as_secs_f64());
    assert!(failed.is_empty(), "failed: {}", failed.join(", "));
    if only.is_none()
        && let Some(page) = std::env::var_os("GINFLIX_FIGURES")
    {
        std::fs::write(page, table(&world)).unwrap();
    }
}

/// Returns the figures as the table of docs/cluster-figures.md.
fn table(world: &World) -> String {
    let mut text = "| what | figure |\n|---|---|\n".to_owned();
    for (what, figure) in &world.figures {
        let _ = writeln!(text, "| {what} | {figure} |");
    }
    text
}
