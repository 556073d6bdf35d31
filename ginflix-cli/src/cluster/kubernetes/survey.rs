//! What is to be known of a Kubernetes cluster before anything is made there.

use futures_util::future::try_join_all;
use k8s_openapi::api::authorization::v1::{
    ResourceAttributes, SelfSubjectAccessReview, SelfSubjectAccessReviewSpec,
};
use k8s_openapi::api::core::v1::Node;
use k8s_openapi::api::storage::v1::StorageClass;
use kube::Client;
use kube::api::{Api, ListParams, PostParams};

use super::access::{self, failure};
use super::apply;
use super::files;
use super::kinds::Kind;
use super::manifests;
use crate::cluster::settings::Settings;
use crate::cluster::state::Context;
use crate::error::Result;
use crate::global::Global;

/// The annotation of the storage class that is used where none is named.
const DEFAULT_CLASS: &str = "storageclass.kubernetes.io/is-default-class";

/// A permission that `ginflix` needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// What is to be done.
    pub verb: &'static str,
    /// API group; empty for the core.
    pub group: &'static str,
    /// To what.
    pub resource: &'static str,
    /// Of which a part alone is meant.
    pub subresource: Option<&'static str>,
}

impl Need {
    /// As `kubectl auth can-i` spells it.
    pub fn resource(&self) -> String {
        let mut text = self.resource.to_owned();
        if let Some(part) = self.subresource {
            text = format!("{text}/{part}");
        }
        if !self.group.is_empty() {
            text = format!("{text}.{}", self.group);
        }
        text
    }
}

/// What was found.
pub struct Survey {
    /// Where.
    pub context: Context,
    /// Of the API server.
    pub version: String,
    /// Whether the cluster's namespace is somebody else's; absent where that may not be seen.
    pub is_namespace_foreign: Option<bool>,
    /// Storage classes, and which is the default; absent where they may not be seen.
    pub classes: Option<Vec<(String, bool)>>,
    /// Nodes that are ready; absent where they may not be seen.
    pub nodes: Option<usize>,
    /// What is needed, and whether it is allowed.
    pub permissions: Vec<(Need, bool)>,
}

/// Looks, and changes nothing.
///
/// # Errors
/// Where the API does not answer.
pub async fn survey(global: &Global, remembered: Option<&Context>) -> Result<Survey> {
    let (context, client) = match remembered {
        Some(context) => (context.clone(), access::connect(context).await?),
        None => {
            let named =
                access::find(global.kubeconfig.as_deref(), global.context.as_deref()).await?;
            (named.0, access::client(named.1)?)
        }
    };
    let version = client
        .apiserver_version()
        .await
        .map_err(|e| failure("ask the Kubernetes cluster for its version", &e))?
        .git_version;
    let owner = apply::owner(&client, &global.cluster).await.ok();
    Ok(Survey {
        context,
        version,
        is_namespace_foreign: owner.map(|owner| owner == apply::Owner::Foreign),
        classes: classes(&client).await,
        nodes: nodes(&client).await,
        permissions: permissions(&client, &global.cluster).await?,
    })
}

async fn classes(client: &Client) -> Option<Vec<(String, bool)>> {
    let api: Api<StorageClass> = Api::all(client.clone());
    let list = api.list(&ListParams::default()).await.ok()?;
    let classes = list.items.into_iter().filter_map(|class| {
        let annotations = class.metadata.annotations.unwrap_or_default();
        let is_default = annotations.get(DEFAULT_CLASS).is_some_and(|value| value == "true");
        Some((class.metadata.name?, is_default))
    });
    Some(classes.collect())
}

async fn nodes(client: &Client) -> Option<usize> {
    let nodes = Api::<Node>::all(client.clone()).list(&ListParams::default()).await.ok()?.items;
    let observed = super::observe::Observed { nodes: Some(nodes), ..Default::default() };
    Some(super::nodes::nodes(&observed)?.iter().filter(|node| node.is_ready).count())
}

async fn permissions(client: &Client, cluster: &str) -> Result<Vec<(Need, bool)>> {
    let api: Api<SelfSubjectAccessReview> = Api::all(client.clone());
    let asked = needs()?.into_iter().map(|need| {
        let api = api.clone();
        async move {
            let review = SelfSubjectAccessReview {
                spec: SelfSubjectAccessReviewSpec {
                    resource_attributes: Some(ResourceAttributes {
                        namespace: (need.resource != "namespaces").then(|| cluster.to_owned()),
                        verb: Some(need.verb.to_owned()),
                        group: Some(need.group.to_owned()),
                        resource: Some(need.resource.to_owned()),
                        subresource: need.subresource.map(str::to_owned),
                        ..ResourceAttributes::default()
                    }),
                    ..SelfSubjectAccessReviewSpec::default()
                },
                ..SelfSubjectAccessReview::default()
            };
            let answer = api
                .create(&PostParams::default(), &review)
                .await
                .map_err(|e| failure("ask what you may do", &e))?;
            Ok((need, answer.status.is_some_and(|status| status.allowed)))
        }
    });
    try_join_all(asked).await
}

/// All that `up`, `down`, `logs` and port-forwards do.
fn needs() -> Result<Vec<Need>> {
    let objects = manifests::render(&files::base()?, "ginflix", &Settings::default())?;
    let mut kinds: Vec<Kind> = objects.iter().filter_map(Kind::of).collect();
    kinds.dedup();
    let need = |verb, group, resource, subresource| Need { verb, group, resource, subresource };
    let mut needs = Vec::new();
    for kind in kinds {
        let verbs: &[&str] = if kind.prunable {
            &["get", "list", "create", "patch", "delete"]
        } else if kind.is_namespaced() {
            &["get", "create", "patch"]
        } else {
            &["get", "create", "patch", "delete"]
        };
        needs.extend(verbs.iter().map(|verb| need(verb, kind.group(), kind.plural(), None)));
    }
    needs.extend(["get", "create", "patch"].map(|verb| need(verb, "", "secrets", None)));
    needs.extend(["list", "delete"].map(|verb| need(verb, "", "pods", None)));
    needs.push(need("list", "", "events", None));
    needs.push(need("list", "", "persistentvolumeclaims", None));
    needs.push(need("get", "", "pods", Some("log")));
    needs.push(need("create", "", "pods", Some("portforward")));
    for resource in ["deployments", "statefulsets"] {
        needs.push(need("patch", "apps", resource, Some("scale")));
    }
    Ok(needs)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::mock::api;
    use super::*;

    #[test]
    fn each_permission_is_asked_for_once_and_none_for_everything() {
        let needs = needs().unwrap();
        assert!(needs.len() > 40, "{}", needs.len());
        for (index, need) in needs.iter().enumerate() {
            assert!(!needs[index + 1..].contains(need), "{need:?}");
            assert!(need.verb != "*" && need.resource != "*");
        }
        let secrets: Vec<&str> =
            needs.iter().filter(|n| n.resource == "secrets").map(|n| n.verb).collect();
        assert_eq!(secrets, ["get", "create", "patch"]);
    }

    #[tokio::test]
    async fn what_may_not_be_done_comes_back_with_its_name() {
        let (client, calls) = api(|call| {
            let what = &call.body["spec"]["resourceAttributes"];
            let allowed = what["resource"] != "networkpolicies" || what["verb"] == "get";
            let mut answer = call.body.clone();
            answer["status"] = json!({ "allowed": allowed });
            (201, answer)
        });
        let asked = permissions(&client, "films").await.unwrap();
        let denied: Vec<String> = asked
            .iter()
            .filter(|(_, is_allowed)| !is_allowed)
            .map(|(need, _)| format!("{} {}", need.verb, need.resource()))
            .collect();
        let group = "networkpolicies.networking.k8s.io";
        let expected = ["list", "create", "patch", "delete"].map(|verb| format!("{verb} {group}"));
        assert_eq!(denied, expected);
        let calls = calls.lock().unwrap();
        assert_eq!(calls.len(), asked.len());
        for call in calls.iter() {
            let what = &call.body["spec"]["resourceAttributes"];
            let is_namespaced = what["resource"] != "namespaces";
            assert_eq!(what["namespace"] == "films", is_namespaced, "{what}");
        }
    }
}
