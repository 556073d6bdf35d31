//! The whole service on a real Kubernetes cluster, from nothing to nothing:
//! `make test-cluster`, which says more. One step after the other, each reports.

#![allow(clippy::unwrap_used)]
#![allow(clippy::print_stderr)] // the report

mod faults;
mod load;
mod policies;
mod steps;
mod world;

use std::fmt::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use world::World;

/// A step: changes the cluster, and says what it saw.
type Step = fn(&mut World) -> String;

/// In this order. One that fails is reported, and the next is tried.
const STEPS: [(&str, Step); 19] = [
    ("image", steps::image),
    ("up", steps::up_from_nothing),
    ("up-again", steps::up_again),
    ("dry-run", steps::dry_run),
    ("hardened", steps::hardened),
    ("policies", policies::hold),
    ("upload", steps::upload),
    ("check", steps::check),
    ("play", steps::play),
    ("scale", steps::scale),
    ("heal", steps::heal),
    ("restart-database", steps::restart_database),
    ("faults-files", faults::of_files),
    ("faults-gateway", faults::of_the_gateway),
    ("faults-database", faults::of_the_database),
    ("faults-starting", faults::of_starting),
    ("upgrade", steps::upgrade),
    ("lose-a-worker", steps::lose_a_worker),
    ("down-and-up", steps::down_and_up),
];

/// `GINFLIX_STEPS=up,policies` does these only, and leaves the cluster as it is.
#[test]
#[ignore = "needs Docker, kind and kubectl, and many minutes; make test-cluster"]
fn a_cluster_lives_from_nothing_to_nothing() {
    let only = std::env::var("GINFLIX_STEPS").ok().filter(|steps| !steps.is_empty());
    let mut world = World::new();
    let mut failed = Vec::new();
    let begun = Instant::now();
    if only.is_some() {
        world.remember();
    }
    let last: (&str, Step) = ("down-with-data", steps::down_with_data);
    for (name, step) in STEPS.into_iter().chain([last]) {
        if only.as_ref().is_some_and(|only| !only.split(',').any(|wanted| wanted == name)) {
            continue;
        }
        let begun = Instant::now();
        let outcome = catch_unwind(AssertUnwindSafe(|| step(&mut world)));
        let took = begun.elapsed().as_secs_f64();
        match outcome {
            Ok(saw) => eprintln!("ok     {took:6.1} s  {name}: {saw}"),
            Err(_) => {
                eprintln!("FAILED {took:6.1} s  {name}");
                failed.push(name);
                if name == "up" {
                    break; // nothing further can be
                }
            }
        }
    }
    eprintln!("\n{}in all {:.0} s", table(&world), begun.elapsed().as_secs_f64());
    assert!(failed.is_empty(), "failed: {}", failed.join(", "));
    if only.is_none()
        && let Some(page) = std::env::var_os("GINFLIX_FIGURES")
    {
        std::fs::write(page, table(&world)).unwrap();
    }
}

/// The figures, for docs/cluster-figures.md.
fn table(world: &World) -> String {
    let mut text = "| what | figure |\n|---|---|\n".to_owned();
    for (what, figure) in &world.figures {
        let _ = writeln!(text, "| {what} | {figure} |");
    }
    text
}
