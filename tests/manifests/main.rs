//! Checks the manifests of `k8s/` without a cluster: the controls of kubescape that manifests can
//! meet, the connections that are allowed, and the routes of the gateway.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

mod controls;
mod network;

use std::collections::BTreeSet;

use controls::CONTROLS;
use ginflix_tests::manifests::{
    containers, folder, name, read_kustomization, render_overlay, template,
};
use serde_json::Value;

fn base() -> Vec<Value> {
    read_kustomization(&folder().join("base"))
}

/// Returns the objects of the base, and of each overlay if kubectl is there to render it.
fn sets() -> Vec<(String, Vec<Value>)> {
    let mut sets = vec![("base".to_owned(), base())];
    for overlay in ["kind", "bare-metal", "production"] {
        if let Some(mut objects) = render_overlay(overlay) {
            // MetalLB's own objects must be in its namespace, and are not workloads.
            objects.retain(|o| o["metadata"]["namespace"] != "metallb-system");
            sets.push((overlay.to_owned(), objects));
        }
    }
    sets
}

#[test]
fn every_control_holds_without_exception() {
    let mut faults = Vec::new();
    for (set, objects) in sets() {
        let found = CONTROLS.iter().flat_map(|control| control.faults(&objects));
        faults.extend(found.map(|fault| format!("{set}: {fault}")));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_control_finds_each_change_that_breaks_it() {
    let unchanged = base();
    for control in CONTROLS {
        assert!(!control.broken.is_empty(), "{}", control.ids);
        for (number, change) in control.broken.iter().enumerate() {
            let mut objects = unchanged.clone();
            change.apply(&mut objects);
            let faults = control.faults(&objects);
            assert!(!faults.is_empty(), "{}: change {number} goes unnoticed", control.ids);
        }
    }
}

#[test]
fn the_table_of_controls_in_security_md_is_the_tested_one() {
    let ids = |text: &str| -> BTreeSet<String> {
        let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
        words.filter(|w| w.len() == 6 && w.starts_with("C-0")).map(str::to_owned).collect()
    };
    let page = std::fs::read_to_string(folder().join("../SECURITY.md")).unwrap();
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| C-")).collect();
    let tested = CONTROLS.iter().flat_map(|control| ids(control.ids)).collect();
    assert_eq!(ids(&rows.join("\n")), tested);
}

#[test]
fn the_entry_point_is_the_base() {
    assert_eq!(read_kustomization(&folder()), base());
}

#[test]
fn no_object_occurs_twice() {
    for (set, objects) in sets() {
        let mut seen = BTreeSet::new();
        for object in &objects {
            let key = (name(object), object["metadata"]["namespace"].to_string());
            assert!(seen.insert(key), "{set}: {} twice", name(object));
        }
    }
}

/// The image of a tag without a version, such as `latest`, may be another one tomorrow.
#[test]
fn images_are_pinned_and_not_pulled_again() {
    for (set, objects) in sets() {
        for object in &objects {
            for container in template(object).into_iter().flat_map(containers) {
                let image = container["image"].as_str().unwrap();
                assert!(image.contains(':'), "{set}: {}: {image}", name(object));
                assert_eq!(container["imagePullPolicy"], "IfNotPresent", "{set}: {}", name(object));
            }
        }
    }
}

/// A wrong `PGDATA` would put the files into the container, where a restart deletes them.
#[test]
fn the_files_of_the_database_are_on_its_volume() {
    let objects = base();
    let database = objects.iter().find(|o| name(o) == "StatefulSet/database").unwrap();
    let container = &database["spec"]["template"]["spec"]["containers"][0];
    let env = container["env"].as_array().unwrap();
    let folder = env.iter().find(|v| v["name"] == "PGDATA").unwrap()["value"].as_str().unwrap();
    let claim = &database["spec"]["volumeClaimTemplates"][0]["metadata"]["name"];
    let mounts = container["volumeMounts"].as_array().unwrap();
    let mount = mounts.iter().find(|mount| mount["name"] == *claim).unwrap();
    let mount = mount["mountPath"].as_str().unwrap();
    assert_eq!(mount, "/var/lib/postgresql/data", "the image of PostgreSQL has its data elsewhere");
    assert!(folder.starts_with(&format!("{mount}/")), "PGDATA {folder} is not in {mount}");
}

/// Requests continue while their server is replaced, so Kubernetes must not kill it before the end
/// of its drain timeout.
#[test]
fn pods_are_not_killed_before_they_have_drained() {
    for object in base() {
        let Some(pod) = template(&object).filter(|pod| pod["spec"]["restartPolicy"] != "Never")
        else {
            continue;
        };
        let grace = pod["spec"]["terminationGracePeriodSeconds"].as_u64().unwrap();
        for container in containers(pod) {
            let pause = container["lifecycle"]["preStop"]["sleep"]["seconds"].as_u64().unwrap_or(0);
            let env = container["env"].as_array().unwrap().iter();
            let mut drain = env.filter(|v| v["name"] == "GINFLIX_DRAIN_SECONDS");
            let drain = drain.next().map_or(0, |v| v["value"].as_str().unwrap().parse().unwrap());
            assert!(pause + drain < grace, "{}: {pause} + {drain} s of {grace} s", name(&object));
        }
    }
}
