//! What a Kubernetes cluster offers and permits to this user, queried before a cluster is created.

use futures_util::future::try_join_all;
use k8s_openapi::api::authorization::v1::{
    ResourceAttributes, SelfSubjectAccessReview, SelfSubjectAccessReviewSpec,
};
use k8s_openapi::api::core::v1::Node;
use k8s_openapi::api::storage::v1::StorageClass;
use kube::Client;
use kube::api::{Api, ListParams, PostParams};

use super::access::{self, failure};
use super::resource_kinds::ResourceKind;
use super::{apply, files, manifests, nodes, observe};
use crate::cluster::settings::KubernetesSettings;
use crate::cluster::state::KubeContext;
use crate::error::Result;
use crate::global::Global;

/// The annotation of the storage class of volumes that name none.
const DEFAULT_CLASS_ANNOTATION: &str = "storageclass.kubernetes.io/is-default-class";

/// A permission that `ginflix` needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permission {
    /// The verb of the API.
    pub verb: &'static str,
    /// The API group; empty for the core group.
    pub group: &'static str,
    /// The plural name of the resource.
    pub resource: &'static str,
    /// The subresource, such as `log`, if the permission is for that alone.
    pub subresource: Option<&'static str>,
}

impl Permission {
    /// Returns the resource in the form that `kubectl auth can-i` accepts.
    pub fn resource(&self) -> String {
        let mut text = self.resource.to_owned();
        if let Some(subresource) = self.subresource {
            text = format!("{text}/{subresource}");
        }
        if !self.group.is_empty() {
            text = format!("{text}.{}", self.group);
        }
        text
    }
}

/// A storage class of the Kubernetes cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StorageClassInfo {
    /// The name.
    pub name: String,
    /// Whether it is used for volumes that name no class.
    pub is_default: bool,
}

/// What a Kubernetes cluster offers and permits to this user.
pub struct Capabilities {
    /// The context through which it was queried.
    pub context: KubeContext,
    /// The version of the API server.
    pub version: String,
    /// Whether the namespace of the cluster belongs to somebody else; absent if the user may not
    /// read it.
    pub is_namespace_foreign: Option<bool>,
    /// The storage classes; absent if the user may not list them.
    pub storage_classes: Option<Vec<StorageClassInfo>>,
    /// The number of nodes that are ready; absent if the user may not list nodes.
    pub ready_nodes: Option<usize>,
    /// The permissions that `ginflix` needs, and whether the user has them.
    pub permissions: Vec<(Permission, bool)>,
}

impl Capabilities {
    /// Queries the stored context, else the one that the command line names. Changes nothing.
    ///
    /// # Errors
    /// There is no such context, or the API does not respond.
    pub async fn query(global: &Global, stored: Option<&KubeContext>) -> Result<Self> {
        let (context, client) = match stored {
            Some(context) => (context.clone(), access::connect(context).await?),
            None => {
                let (context, config) =
                    access::find(global.kubeconfig.as_deref(), global.context.as_deref()).await?;
                (context, access::client(config)?)
            }
        };
        let version = client
            .apiserver_version()
            .await
            .map_err(|e| failure("read the version of the Kubernetes cluster", &e))?
            .git_version;
        let owner = apply::owner(&client, &global.cluster).await.ok();
        Ok(Self {
            context,
            version,
            is_namespace_foreign: owner.map(|owner| owner == apply::NamespaceOwner::Foreign),
            storage_classes: list_storage_classes(&client).await,
            ready_nodes: count_ready_nodes(&client).await,
            permissions: review_permissions(&client, &global.cluster).await?,
        })
    }
}

async fn list_storage_classes(client: &Client) -> Option<Vec<StorageClassInfo>> {
    let api: Api<StorageClass> = Api::all(client.clone());
    let list = api.list(&ListParams::default()).await.ok()?;
    let classes = list.items.into_iter().filter_map(|class| {
        let annotations = class.metadata.annotations.unwrap_or_default();
        let is_default =
            annotations.get(DEFAULT_CLASS_ANNOTATION).is_some_and(|value| value == "true");
        Some(StorageClassInfo { name: class.metadata.name?, is_default })
    });
    Some(classes.collect())
}

async fn count_ready_nodes(client: &Client) -> Option<usize> {
    let nodes = Api::<Node>::all(client.clone()).list(&ListParams::default()).await.ok()?.items;
    let observed = observe::ObservedState { nodes: Some(nodes), ..Default::default() };
    Some(nodes::nodes(&observed)?.iter().filter(|node| node.is_ready).count())
}

/// Asks the API by SelfSubjectAccessReview whether the user has the needed permissions.
async fn review_permissions(client: &Client, cluster: &str) -> Result<Vec<(Permission, bool)>> {
    let api: Api<SelfSubjectAccessReview> = Api::all(client.clone());
    let reviews = needed_permissions()?.into_iter().map(|permission| {
        let api = api.clone();
        async move {
            let review = access_review(&permission, cluster);
            let response = api
                .create(&PostParams::default(), &review)
                .await
                .map_err(|e| failure("ask which permissions you have", &e))?;
            Ok((permission, response.status.is_some_and(|status| status.allowed)))
        }
    });
    try_join_all(reviews).await
}

fn access_review(permission: &Permission, cluster: &str) -> SelfSubjectAccessReview {
    // Namespaces are the only needed resource that is in no namespace itself.
    let namespace = (permission.resource != "namespaces").then(|| cluster.to_owned());
    SelfSubjectAccessReview {
        spec: SelfSubjectAccessReviewSpec {
            resource_attributes: Some(ResourceAttributes {
                namespace,
                verb: Some(permission.verb.to_owned()),
                group: Some(permission.group.to_owned()),
                resource: Some(permission.resource.to_owned()),
                subresource: permission.subresource.map(str::to_owned),
                ..ResourceAttributes::default()
            }),
            ..SelfSubjectAccessReviewSpec::default()
        },
        ..SelfSubjectAccessReview::default()
    }
}

/// Returns the permissions that `up`, `down`, `logs` and port-forwards need.
fn needed_permissions() -> Result<Vec<Permission>> {
    let objects = manifests::render(&files::base()?, "ginflix", &KubernetesSettings::default())?;
    let mut kinds: Vec<ResourceKind> = objects.iter().filter_map(ResourceKind::of).collect();
    // The objects are in the order of their kinds, so that equal kinds are neighbours.
    kinds.dedup();
    let permission =
        |verb, group, resource, subresource| Permission { verb, group, resource, subresource };
    let mut needed = Vec::new();
    for kind in kinds {
        let verbs: &[&str] = if kind.prunable {
            &["get", "list", "create", "patch", "delete"]
        } else if kind.is_namespaced() {
            &["get", "create", "patch"]
        } else {
            &["get", "create", "patch", "delete"]
        };
        needed.extend(verbs.iter().map(|verb| permission(verb, kind.group(), kind.plural(), None)));
    }
    needed.extend(["get", "create", "patch"].map(|verb| permission(verb, "", "secrets", None)));
    needed.extend(["list", "delete"].map(|verb| permission(verb, "", "pods", None)));
    needed.push(permission("list", "", "events", None));
    needed.push(permission("list", "", "persistentvolumeclaims", None));
    needed.push(permission("get", "", "pods", Some("log")));
    needed.push(permission("create", "", "pods", Some("portforward")));
    for resource in ["deployments", "statefulsets"] {
        needed.push(permission("patch", "apps", resource, Some("scale")));
    }
    Ok(needed)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::mock::mock_api;
    use super::*;

    #[test]
    fn each_permission_is_needed_once_and_none_is_a_wildcard() {
        let needed = needed_permissions().unwrap();
        assert!(needed.len() > 40, "{}", needed.len());
        for (index, permission) in needed.iter().enumerate() {
            assert!(!needed[index + 1..].contains(permission), "{permission:?}");
            assert!(permission.verb != "*" && permission.resource != "*");
        }
        let secrets: Vec<&str> =
            needed.iter().filter(|n| n.resource == "secrets").map(|n| n.verb).collect();
        assert_eq!(secrets, ["get", "create", "patch"]);
    }

    #[tokio::test]
    async fn denied_permissions_are_returned_with_their_name() {
        let (client, calls) = mock_api(|call| {
            let attributes = &call.body["spec"]["resourceAttributes"];
            let allowed =
                attributes["resource"] != "networkpolicies" || attributes["verb"] == "get";
            let mut response = call.body.clone();
            response["status"] = json!({ "allowed": allowed });
            (201, response)
        });
        let reviewed = review_permissions(&client, "films").await.unwrap();
        let denied: Vec<String> = reviewed
            .iter()
            .filter(|(_, is_granted)| !is_granted)
            .map(|(permission, _)| format!("{} {}", permission.verb, permission.resource()))
            .collect();
        let group = "networkpolicies.networking.k8s.io";
        let expected = ["list", "create", "patch", "delete"].map(|verb| format!("{verb} {group}"));
        assert_eq!(denied, expected);
        let calls = calls.lock().unwrap();
        assert_eq!(calls.len(), reviewed.len());
        for call in calls.iter() {
            let attributes = &call.body["spec"]["resourceAttributes"];
            let is_namespaced = attributes["resource"] != "namespaces";
            assert_eq!(attributes["namespace"] == "films", is_namespaced, "{attributes}");
        }
    }
}
