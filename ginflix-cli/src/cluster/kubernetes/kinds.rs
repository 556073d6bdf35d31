//! The kinds of objects that the manifests may have: where the API serves
//! them, and which of them come first.

use kube::api::{ApiResource, DynamicObject, GroupVersionKind};

/// A kind of objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    name: &'static str,
    group: &'static str,
    version: &'static str,
    plural: &'static str,
    /// Whether what is no longer in the manifests is deleted. Not what holds data.
    pub prunable: bool,
}

/// All of them, in the order in which they are applied: what others need first.
pub const KINDS: [Kind; 17] = [
    kind("Namespace", "", "v1", "namespaces", false),
    kind("ResourceQuota", "", "v1", "resourcequotas", true),
    kind("LimitRange", "", "v1", "limitranges", true),
    kind("ServiceAccount", "", "v1", "serviceaccounts", true),
    kind("Role", "rbac.authorization.k8s.io", "v1", "roles", true),
    kind("RoleBinding", "rbac.authorization.k8s.io", "v1", "rolebindings", true),
    kind("ConfigMap", "", "v1", "configmaps", true),
    kind("NetworkPolicy", "networking.k8s.io", "v1", "networkpolicies", true),
    kind("PersistentVolumeClaim", "", "v1", "persistentvolumeclaims", false),
    kind("Service", "", "v1", "services", true),
    kind("StatefulSet", "apps", "v1", "statefulsets", true),
    kind("Deployment", "apps", "v1", "deployments", true),
    kind("PodDisruptionBudget", "policy", "v1", "poddisruptionbudgets", true),
    kind("HorizontalPodAutoscaler", "autoscaling", "v2", "horizontalpodautoscalers", true),
    kind("CronJob", "batch", "v1", "cronjobs", true),
    kind("Job", "batch", "v1", "jobs", false),
    kind("Ingress", "networking.k8s.io", "v1", "ingresses", true),
];

const fn kind(
    name: &'static str,
    group: &'static str,
    version: &'static str,
    plural: &'static str,
    prunable: bool,
) -> Kind {
    Kind { name, group, version, plural, prunable }
}

impl Kind {
    /// The kind of an object; `None` if it is none of ours.
    pub fn of(object: &DynamicObject) -> Option<Self> {
        let types = object.types.as_ref()?;
        KINDS
            .into_iter()
            .find(|kind| kind.name == types.kind && kind.api_version() == types.api_version)
    }

    /// Its place in the order.
    pub fn rank(&self) -> usize {
        KINDS.iter().position(|kind| kind == self).unwrap_or(KINDS.len())
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Its API group; empty for the core.
    pub fn group(&self) -> &'static str {
        self.group
    }

    /// As the API's paths spell it.
    pub fn plural(&self) -> &'static str {
        self.plural
    }

    /// Whether its objects are in a namespace.
    pub fn is_namespaced(&self) -> bool {
        self.name != "Namespace"
    }

    /// Where the API serves it.
    pub fn resource(&self) -> ApiResource {
        ApiResource::from_gvk_with_plural(
            &GroupVersionKind::gvk(self.group, self.version, self.name),
            self.plural,
        )
    }

    fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.to_owned()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }
}
