use std::collections::BTreeMap;

use super::super::files;
use super::pods::pod_spec;
use super::*;
use crate::cluster::options::ClusterAccess;
use crate::cluster::settings::Service;

fn rendered(settings: &Settings) -> Vec<DynamicObject> {
    let mut all = files::base().unwrap();
    if settings.host.is_some() {
        all.extend(files::https().unwrap());
    }
    render(&all, "films", settings).unwrap()
}

fn find<'a>(objects: &'a [DynamicObject], kind: &str, name: &str) -> &'a DynamicObject {
    objects
        .iter()
        .find(|object| {
            object.types.as_ref().unwrap().kind == kind
                && object.metadata.name.as_deref() == Some(name)
        })
        .unwrap_or_else(|| panic!("there is no {kind} {name}"))
}

#[test]
fn everything_is_in_the_clusters_namespace_and_ours() {
    let objects = rendered(&Settings::default());
    assert!(objects.len() > 20, "{}", objects.len());
    let text = Plan(objects.clone()).to_yaml().unwrap();
    assert!(!text.contains("namespace: ginflix"), "a namespace was forgotten");
    for object in &objects {
        assert_eq!(object.metadata.labels.as_ref().unwrap()[MANAGED_BY.0], MANAGED_BY.1);
        let kind = Kind::of(object).unwrap();
        let namespace = kind.is_namespaced().then_some("films");
        assert_eq!(object.metadata.namespace.as_deref(), namespace, "{object:?}");
    }
    assert_eq!(objects[0].metadata.name.as_deref(), Some("films"));
}

#[test]
fn what_others_need_comes_first() {
    let objects = rendered(&Settings::default());
    let kinds: Vec<&str> =
        objects.iter().map(|object| object.types.as_ref().unwrap().kind.as_str()).collect();
    let first = |kind: &str| kinds.iter().position(|k| *k == kind).unwrap();
    assert_eq!(first("Namespace"), 0);
    assert!(first("ConfigMap") < first("Deployment"));
    assert!(first("NetworkPolicy") < first("StatefulSet"));
    assert!(first("Service") < first("Deployment"));
}

#[test]
fn there_are_no_secrets_among_them() {
    let text = Plan(rendered(&Settings::default())).to_yaml().unwrap();
    assert!(!text.contains("kind: Secret"));
}

#[test]
fn images_are_replaced_by_what_they_are_for() {
    let settings = Settings {
        server_image: Some("registry.example/server:2".into()),
        database_image: Some("registry.example/pg:2".into()),
        gateway_image: Some("registry.example/proxy:2".into()),
        ..Settings::default()
    };
    let expected =
        ["registry.example/pg:2", "registry.example/proxy:2", "registry.example/server:2"];
    assert_eq!(Plan(rendered(&settings)).images(), expected);
    assert_eq!(Plan(rendered(&Settings::default())).images().len(), 3);
}

#[test]
fn replicas_are_those_asked_for_and_the_autoscaler_agrees() {
    let replicas = [(PartName::Web, 9), (PartName::Streamer, 3)].into();
    let objects = rendered(&Settings { replicas, ..Settings::default() });
    assert_eq!(find(&objects, "Deployment", "web").data["spec"]["replicas"], 9);
    assert_eq!(find(&objects, "StatefulSet", "streamer").data["spec"]["replicas"], 3);
    let limits = &find(&objects, "HorizontalPodAutoscaler", "web").data["spec"];
    assert_eq!((&limits["minReplicas"], &limits["maxReplicas"]), (&json!(9), &json!(9)));
}

#[test]
fn what_was_scaled_to_zero_comes_back_and_what_was_scaled_up_stays() {
    let replicas = |running: u32| {
        let mut objects = rendered(&Settings::default());
        keep_autoscaled(&mut objects, &[("web".to_owned(), running), ("gateway".to_owned(), 7)]);
        assert_ne!(find(&objects, "Deployment", "gateway").data["spec"]["replicas"], 7);
        find(&objects, "Deployment", "web").data["spec"]["replicas"].as_u64().unwrap()
    };
    let least = replicas(0);
    assert!(least >= 2);
    assert_eq!(replicas(4), 4);
    assert_eq!(replicas(1000), least);
    let backup = find(&rendered(&Settings::default()), "CronJob", "backup").clone();
    assert_eq!(backup.data["spec"]["suspend"], false);
}

#[test]
fn storage_is_of_the_class_and_size_asked_for() {
    let settings = Settings {
        storage_class: Some("fast".into()),
        storage_size: Some("7Ti".into()),
        ..Settings::default()
    };
    let objects = rendered(&settings);
    let claim = |name: &str| {
        find(&objects, "StatefulSet", name).data["spec"]["volumeClaimTemplates"][0]["spec"].clone()
    };
    let size = |claim: &Value| claim["resources"]["requests"]["storage"].clone();
    assert_eq!(size(&claim("streamer")), "7Ti");
    assert_ne!(size(&claim("database")), "7Ti");
    for claim in [
        claim("streamer"),
        claim("database"),
        find(&objects, "PersistentVolumeClaim", "backups").data["spec"].clone(),
    ] {
        assert_eq!(claim["storageClassName"], "fast");
    }
}

#[test]
fn the_gateway_is_reached_as_asked_for() {
    let spec = |service| {
        let objects = rendered(&Settings { service, ..Settings::default() });
        find(&objects, "Service", "gateway").data["spec"].clone()
    };
    assert_eq!(spec(None)["type"], "LoadBalancer");
    let node_port = spec(Some(Service::NodePort));
    assert_eq!(node_port["type"], "NodePort");
    assert_eq!(node_port["ports"][0]["nodePort"], NODE_PORT);
    assert_eq!(spec(Some(Service::ClusterIp))["type"], "ClusterIP");
}

#[test]
fn a_database_elsewhere_takes_the_own_one_s_place() {
    let settings = Settings { external_database_port: Some(6432), ..Settings::default() };
    let objects = rendered(&settings);
    assert!(objects.iter().all(|o| part_of(o) != Some(PartName::Database)));
    let policy = find(&objects, "NetworkPolicy", "external-database");
    assert_eq!(policy.data["spec"]["egress"][0]["ports"][0]["port"], 6432);
    find(&objects, "CronJob", "backup");
}

#[test]
fn who_may_watch_is_said_to_every_server() {
    let settings = Settings { access: Some(ClusterAccess::Private), ..Settings::default() };
    let objects = rendered(&settings);
    for (kind, name) in [("Deployment", "web"), ("StatefulSet", "streamer")] {
        let pod = pod_spec(find(&objects, kind, name)).unwrap();
        let env = pod["containers"][0]["env"].as_array().unwrap();
        let access: Vec<&Value> =
            env.iter().filter(|entry| entry["name"] == "GINFLIX_ACCESS").collect();
        assert_eq!(access.len(), 1);
        assert_eq!(access[0]["value"], "private");
    }
}

#[test]
fn a_host_name_brings_https() {
    let settings = Settings { host: Some("films.example".into()), ..Settings::default() };
    let objects = rendered(&settings);
    let gateway = &find(&objects, "Deployment", "gateway").data["spec"];
    assert_eq!(gateway["replicas"], 1);
    let text = gateway.to_string();
    assert!(text.contains("films.example") && text.contains("certificates"));
    let ports = &find(&objects, "Service", "gateway").data["spec"]["ports"];
    assert!(ports.as_array().unwrap().iter().any(|port| port["port"] == 443));
    find(&objects, "PersistentVolumeClaim", "certificates");
    find(&objects, "NetworkPolicy", "gateway-https");
    let without = rendered(&Settings::default());
    assert!(!Plan(without).to_yaml().unwrap().contains("certificates"));
}

#[test]
fn all_objects_are_as_agreed_on() {
    let default = rendered(&Settings::default());
    insta::assert_snapshot!("default", Plan(default.clone()).to_yaml().unwrap());
    let all = Settings {
        server_image: Some("films.example/server:1".into()),
        database_image: None,
        gateway_image: Some("films.example/caddy:1".into()),
        replicas: BTreeMap::from([(PartName::Streamer, 5), (PartName::Web, 3)]),
        storage_class: Some("fast".into()),
        storage_size: Some("7Ti".into()),
        service: Some(Service::NodePort),
        host: Some("films.example".into()),
        access: Some(ClusterAccess::Private),
        external_database_port: Some(6432),
    };
    let mut changed = rendered(&all);
    changed.retain(|object| !default.contains(object));
    insta::assert_snapshot!("changed_by_settings", Plan(changed).to_yaml().unwrap());
}

#[test]
fn an_object_of_unknown_kind_is_not_passed_over() {
    let file = "apiVersion: v1\nkind: Gadget\nmetadata: {name: a}\n".to_owned();
    assert!(render(&[file], "films", &Settings::default()).is_err());
}
