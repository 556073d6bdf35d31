//! Applies the settings of a component: the number of its replicas, and how the gateway is exposed.

use kube::api::DynamicObject;
use serde_json::{Value, json};

use super::super::resource_kinds::ResourceKind;
use super::NODE_PORT;
use super::pods::set_env;
use crate::cluster::settings::{ComponentName, KubernetesSettings, ServiceType};

/// Applies the settings to an object of a component.
pub fn adapt_component(
    object: &mut DynamicObject,
    kind: ResourceKind,
    component: ComponentName,
    settings: &KubernetesSettings,
) {
    let replicas = settings.replicas.get(&component).copied();
    match (kind.name(), replicas) {
        ("Deployment" | "StatefulSet", Some(count)) => {
            object.data["spec"]["replicas"] = count.into();
        }
        // The requested number is the minimum for the autoscaler.
        ("HorizontalPodAutoscaler", Some(count)) => {
            let spec = &mut object.data["spec"];
            let max = spec["maxReplicas"].as_u64().unwrap_or(0).max(count.into());
            (spec["minReplicas"], spec["maxReplicas"]) = (count.into(), max.into());
        }
        _ => {}
    }
    if component == ComponentName::Gateway
        && let Some(host) = &settings.host
    {
        serve_https(object, kind, host);
    }
    if (kind.name(), component) == ("Service", ComponentName::Gateway)
        && let Some(service) = settings.service
    {
        adapt_service(&mut object.data["spec"], service);
    }
}

/// Lets the gateway obtain certificates for a host name, as `k8s/overlays/production` does. There
/// can be only one gateway then: the certificate authority's challenge must reach the gateway that
/// requested the certificate, and the volume with the certificates is attached to one pod.
fn serve_https(object: &mut DynamicObject, kind: ResourceKind, host: &str) {
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

fn adapt_service(spec: &mut Value, service: ServiceType) {
    spec["type"] = match service {
        ServiceType::LoadBalancer => "LoadBalancer",
        ServiceType::NodePort => "NodePort",
        ServiceType::ClusterIp => "ClusterIP",
    }
    .into();
    if service == ServiceType::NodePort {
        let first = spec["ports"].as_array_mut().and_then(|ports| ports.first_mut());
        if let Some(port) = first {
            port["nodePort"] = NODE_PORT.into();
        }
    }
    if service == ServiceType::ClusterIp
        && let Some(spec) = spec.as_object_mut()
    {
        // The API refuses these fields for a Service without an external address.
        spec.remove("externalTrafficPolicy");
        spec.remove("allocateLoadBalancerNodePorts");
        spec.remove("loadBalancerClass");
    }
}
