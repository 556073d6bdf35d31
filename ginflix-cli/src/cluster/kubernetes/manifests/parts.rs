//! What the settings change about one part of a cluster: how many run, and how the gateway is
//! reached.

use kube::api::DynamicObject;
use serde_json::{Value, json};

use super::super::kinds::Kind;
use super::NODE_PORT;
use super::pods::set_env;
use crate::cluster::settings::{PartName, Service, Settings};

/// Changes an object of a part.
pub fn adapt_part(object: &mut DynamicObject, kind: Kind, part: PartName, settings: &Settings) {
    let replicas = settings.replicas.get(&part).copied();
    match (kind.name(), replicas) {
        ("Deployment" | "StatefulSet", Some(count)) => {
            object.data["spec"]["replicas"] = count.into();
        }
        // What a person asked for is the least that the autoscaler keeps.
        ("HorizontalPodAutoscaler", Some(count)) => {
            let spec = &mut object.data["spec"];
            let most = spec["maxReplicas"].as_u64().unwrap_or(0).max(count.into());
            (spec["minReplicas"], spec["maxReplicas"]) = (count.into(), most.into());
        }
        _ => {}
    }
    if part == PartName::Gateway
        && let Some(host) = &settings.host
    {
        serve_https(object, kind, host);
    }
    if (kind.name(), part) == ("Service", PartName::Gateway)
        && let Some(service) = settings.service
    {
        adapt_service(&mut object.data["spec"], service);
    }
}

/// Under a host name the gateway gets certificates by itself, as
/// `k8s/overlays/production` has it: one gateway only, because the authority's
/// question has to reach the one that asked, and so does the volume they are on.
fn serve_https(object: &mut DynamicObject, kind: Kind, host: &str) {
    let spec = &mut object.data["spec"];
    match kind.name() {
        "Service" => {
            if let Some(ports) = spec["ports"].as_array_mut() {
                ports.push(json!({ "name": "https", "port": 443, "targetPort": "https" }));
            }
        }
        "Deployment" => {
            spec["replicas"] = 1.into();
            spec["strategy"]["rollingUpdate"] = json!({ "maxSurge": 0, "maxUnavailable": 1 });
            let pod = &mut spec["template"]["spec"];
            for volume in pod["volumes"].as_array_mut().into_iter().flatten() {
                if volume["name"] == "data" {
                    let claim = json!({ "claimName": "certificates" });
                    *volume = json!({ "name": "data", "persistentVolumeClaim": claim });
                }
            }
            for container in pod["containers"].as_array_mut().into_iter().flatten() {
                set_env(container, "GINFLIX_SITE", host);
                if let Some(ports) = container["ports"].as_array_mut() {
                    ports.push(json!({ "name": "https", "containerPort": 8443 }));
                }
            }
        }
        _ => {}
    }
}

fn adapt_service(spec: &mut Value, service: Service) {
    spec["type"] = match service {
        Service::LoadBalancer => "LoadBalancer",
        Service::NodePort => "NodePort",
        Service::ClusterIp => "ClusterIP",
    }
    .into();
    if service == Service::NodePort {
        let first = spec["ports"].as_array_mut().and_then(|ports| ports.first_mut());
        if let Some(port) = first {
            port["nodePort"] = NODE_PORT.into();
        }
    }
    if service == Service::ClusterIp
        && let Some(spec) = spec.as_object_mut()
    {
        // What only services with an outside have.
        spec.remove("externalTrafficPolicy");
        spec.remove("allocateLoadBalancerNodePorts");
        spec.remove("loadBalancerClass");
    }
}
