//! The kinds of objects that the manifests may contain, and the order in which they are applied.

use kube::api::{ApiResource, DynamicObject, GroupVersionKind};

/// A kind of object of the Kubernetes API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResourceKind {
    name: &'static str,
    group: &'static str,
    version: &'static str,
    plural: &'static str,
    /// Whether objects that are no longer in the manifests are deleted. Never for kinds that hold
    /// data.
    pub prunable: bool,
}

/// All kinds in the order in which they are applied, each after those that it depends on.
pub const RESOURCE_KINDS: [ResourceKind; 17] = [
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
) -> ResourceKind {
    ResourceKind { name, group, version, plural, prunable }
}

impl ResourceKind {
    /// Returns the kind of an object; `None` if it is not one of [`RESOURCE_KINDS`].
    pub fn of(object: &DynamicObject) -> Option<Self> {
        let types = object.types.as_ref()?;
        RESOURCE_KINDS
            .into_iter()
            .find(|kind| kind.name == types.kind && kind.api_version() == types.api_version)
    }

    /// Returns the position in the order of [`RESOURCE_KINDS`].
    pub fn rank(&self) -> usize {
        RESOURCE_KINDS.iter().position(|kind| kind == self).unwrap_or(RESOURCE_KINDS.len())
    }

    /// Returns the name, such as `Deployment`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Returns the API group; empty for the core group.
    pub fn group(&self) -> &'static str {
        self.group
    }

    /// Returns the name in the paths of the API, such as `deployments`.
    pub fn plural(&self) -> &'static str {
        self.plural
    }

    /// Returns whether objects of this kind are in a namespace.
    pub fn is_namespaced(&self) -> bool {
        self.name != "Namespace"
    }

    /// Returns the resource of the API that serves this kind.
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
