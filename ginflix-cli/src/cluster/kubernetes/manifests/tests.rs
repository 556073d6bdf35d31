use std::collections::BTreeMap;

use super::super::files;
use super::pods::pod_spec;
use super::*;
use crate::cluster::options::ClusterAccess;
use crate::cluster::settings::ServiceType;

fn rendered(settings: &KubernetesSettings) -> Vec<DynamicObject> {
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
fn all_objects_are_in_the_namespace_of_the_cluster_and_have_our_label() {
    let objects = rendered(&KubernetesSettings::default());
    assert!(objects.len() > 20, "{}", objects.len());
    let text = ManifestPlan(objects.clone()).to_yaml().unwrap();
    assert!(!text.contains("namespace: ginflix"), "a namespace was not replaced");
    for object in &objects {
        assert_eq!(object.metadata.labels.as_ref().unwrap()[MANAGED_BY.0], MANAGED_BY.1);
        let kind = ResourceKind::of(object).unwrap();
        let namespace = kind.is_namespaced().then_some("films");
        assert_eq!(object.metadata.namespace.as_deref(), namespace, "{object:?}");
    }
    assert_eq!(objects[0].metadata.name.as_deref(), Some("films"));
}

#[test]
fn objects_are_applied_after_those_that_they_depend_on() {
    let objects = rendered(&KubernetesSettings::default());
    let resource_kinds: Vec<&str> =
        objects.iter().map(|object| object.types.as_ref().unwrap().kind.as_str()).collect();
    let first = |kind: &str| resource_kinds.iter().position(|k| *k == kind).unwrap();
    assert_eq!(first("Namespace"), 0);
    assert!(first("ConfigMap") < first("Deployment"));
    assert!(first("NetworkPolicy") < first("StatefulSet"));
    assert!(first("Service") < first("Deployment"));
}

#[test]
fn no_object_is_a_secret() {
    let text = ManifestPlan(rendered(&KubernetesSettings::default())).to_yaml().unwrap();
    assert!(!text.contains("kind: Secret"));
}

#[test]
fn images_are_replaced_by_component() {
    let settings = KubernetesSettings {
        server_image: Some("registry.example/server:2".into()),
        database_image: Some("registry.example/pg:2".into()),
        gateway_image: Some("registry.example/proxy:2".into()),
        ..KubernetesSettings::default()
    };
    let expected =
        ["registry.example/pg:2", "registry.example/proxy:2", "registry.example/server:2"];
    assert_eq!(ManifestPlan(rendered(&settings)).images(), expected);
    assert_eq!(ManifestPlan(rendered(&KubernetesSettings::default())).images().len(), 3);
}

#[test]
fn replicas_are_set_in_workloads_and_autoscalers() {
    let replicas = [(ComponentName::Web, 9), (ComponentName::Streamer, 3)].into();
    let objects = rendered(&KubernetesSettings { replicas, ..KubernetesSettings::default() });
    assert_eq!(find(&objects, "Deployment", "web").data["spec"]["replicas"], 9);
    assert_eq!(find(&objects, "StatefulSet", "streamer").data["spec"]["replicas"], 3);
    let limits = &find(&objects, "HorizontalPodAutoscaler", "web").data["spec"];
    assert_eq!((&limits["minReplicas"], &limits["maxReplicas"]), (&json!(9), &json!(9)));
}

#[test]
fn a_scaled_down_deployment_is_restored_and_a_scaled_up_one_is_kept() {
    let replicas = |running: u32| {
        let mut objects = rendered(&KubernetesSettings::default());
        keep_autoscaled(&mut objects, &[("web".to_owned(), running), ("gateway".to_owned(), 7)]);
        assert_ne!(find(&objects, "Deployment", "gateway").data["spec"]["replicas"], 7);
        find(&objects, "Deployment", "web").data["spec"]["replicas"].as_u64().unwrap()
    };
    let minimum = replicas(0);
    assert!(minimum >= 2);
    assert_eq!(replicas(4), 4);
    assert_eq!(replicas(1000), minimum);
    let backup = find(&rendered(&KubernetesSettings::default()), "CronJob", "backup").clone();
    assert_eq!(backup.data["spec"]["suspend"], false);
}

#[test]
fn volumes_have_the_storage_class_and_size_of_the_settings() {
    let settings = KubernetesSettings {
        storage_class: Some("fast".into()),
        storage_size: Some("7Ti".into()),
        ..KubernetesSettings::default()
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
fn the_gateway_has_the_service_type_of_the_settings() {
    let spec = |service| {
        let objects = rendered(&KubernetesSettings { service, ..KubernetesSettings::default() });
        find(&objects, "Service", "gateway").data["spec"].clone()
    };
    assert_eq!(spec(None)["type"], "LoadBalancer");
    let node_port = spec(Some(ServiceType::NodePort));
    assert_eq!(node_port["type"], "NodePort");
    assert_eq!(node_port["ports"][0]["nodePort"], NODE_PORT);
    assert_eq!(spec(Some(ServiceType::ClusterIp))["type"], "ClusterIP");
}

#[test]
fn an_external_database_replaces_the_database_component() {
    let settings =
        KubernetesSettings { external_database_port: Some(6432), ..KubernetesSettings::default() };
    let objects = rendered(&settings);
    assert!(objects.iter().all(|o| component_of(o) != Some(ComponentName::Database)));
    let policy = find(&objects, "NetworkPolicy", "external-database");
    assert_eq!(policy.data["spec"]["egress"][0]["ports"][0]["port"], 6432);
    find(&objects, "CronJob", "backup");
}

#[test]
fn every_server_gets_the_access_setting() {
    let settings = KubernetesSettings {
        access: Some(ClusterAccess::Private),
        ..KubernetesSettings::default()
    };
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
fn a_host_name_enables_https() {
    let settings =
        KubernetesSettings { host: Some("films.example".into()), ..KubernetesSettings::default() };
    let objects = rendered(&settings);
    let gateway = &find(&objects, "Deployment", "gateway").data["spec"];
    assert_eq!(gateway["replicas"], 1);
    let text = gateway.to_string();
    assert!(text.contains("films.example") && text.contains("certificates"));
    let ports = &find(&objects, "Service", "gateway").data["spec"]["ports"];
    assert!(ports.as_array().unwrap().iter().any(|port| port["port"] == 443));
    find(&objects, "PersistentVolumeClaim", "certificates");
    find(&objects, "NetworkPolicy", "gateway-https");
    let without = rendered(&KubernetesSettings::default());
    assert!(!ManifestPlan(without).to_yaml().unwrap().contains("certificates"));
}

#[test]
fn all_objects_are_as_in_the_snapshots() {
    let default = rendered(&KubernetesSettings::default());
    insta::assert_snapshot!("default", ManifestPlan(default.clone()).to_yaml().unwrap());
    let all = KubernetesSettings {
        server_image: Some("films.example/server:1".into()),
        database_image: None,
        gateway_image: Some("films.example/caddy:1".into()),
        replicas: BTreeMap::from([(ComponentName::Streamer, 5), (ComponentName::Web, 3)]),
        storage_class: Some("fast".into()),
        storage_size: Some("7Ti".into()),
        service: Some(ServiceType::NodePort),
        host: Some("films.example".into()),
        access: Some(ClusterAccess::Private),
        external_database_port: Some(6432),
    };
    let mut changed = rendered(&all);
    changed.retain(|object| !default.contains(object));
    insta::assert_snapshot!("changed_by_settings", ManifestPlan(changed).to_yaml().unwrap());
}

#[test]
fn an_object_of_unknown_kind_is_an_error() {
    let file = "apiVersion: v1\nkind: Gadget\nmetadata: {name: a}\n".to_owned();
    assert!(render(&[file], "films", &KubernetesSettings::default()).is_err());
}
