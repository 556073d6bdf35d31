use serde_json::json;

use super::super::mock::{list, mock_api, not_found, requests, status};
use super::*;

fn object(kind: &str, name: &str) -> DynamicObject {
    let version = match kind {
        "Deployment" => "apps/v1",
        _ => "v1",
    };
    serde_json::from_value(json!({
        "apiVersion": version, "kind": kind,
        "metadata": { "name": name, "namespace": "films" },
    }))
    .unwrap()
}

fn namespace(labels: &serde_json::Value) -> serde_json::Value {
    json!({
        "apiVersion": "v1", "kind": "Namespace",
        "metadata": { "name": "films", "labels": labels, "annotations": { SETTINGS_ANNOTATION: "{}" } },
    })
}

#[tokio::test]
async fn objects_are_applied_by_server_side_apply() {
    let (client, calls) = mock_api(|call| (200, call.body.clone()));
    apply(&client, &object("Deployment", "web")).await.unwrap();
    let call = calls.lock().unwrap()[0].clone();
    assert!(call.request.starts_with("PATCH /apis/apps/v1/namespaces/films/deployments/web?"));
    assert!(call.request.contains("fieldManager=ginflix") && call.request.contains("force=true"));
    assert_eq!(call.body["kind"], "Deployment");
}

#[tokio::test]
async fn components_with_the_database_url_are_restarted() {
    let (client, calls) = mock_api(|_| {
        let spec = json!({ "selector": {}, "template": {}, "serviceName": "s" });
        (200, json!({ "metadata": {}, "spec": spec }))
    });
    restart(&client, "films").await.unwrap();
    for (call, path) in
        calls.lock().unwrap().iter().zip(["deployments/web", "statefulsets/streamer"])
    {
        assert!(call.request.contains(&format!("/namespaces/films/{path}")), "{}", call.request);
        let annotations = &call.body["spec"]["template"]["metadata"]["annotations"];
        assert!(annotations["kube.kubernetes.io/restartedAt"].is_string(), "{}", call.body);
    }
    assert_eq!(calls.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn a_refusal_is_reported_with_the_message_of_the_api_and_a_hint() {
    let (client, _) = mock_api(|_| status(403, "Forbidden", "services is forbidden"));
    let failure = apply(&client, &object("Service", "web")).await.unwrap_err();
    assert_eq!(failure.status, ExitStatus::NotAllowed);
    assert!(failure.message.contains("apply Service web: services is forbidden"));
    assert!(failure.hint.unwrap().contains("check --pre"));
}

#[tokio::test]
async fn a_namespace_is_ours_only_by_its_label() {
    let owner_from = |response: (u16, serde_json::Value)| async move {
        owner(&mock_api(move |_| response.clone()).0, "films").await
    };
    let ours = namespace(&json!({ MANAGED_BY.0: MANAGED_BY.1 }));
    let mut terminating = ours.clone();
    terminating["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z".into();
    assert_eq!(owner_from(not_found()).await.unwrap(), NamespaceOwner::Absent);
    assert_eq!(owner_from((200, ours)).await.unwrap(), NamespaceOwner::Ours(Some("{}".into())));
    assert_eq!(owner_from((200, terminating)).await.unwrap(), NamespaceOwner::Terminating);
    assert_eq!(owner_from((200, namespace(&json!({})))).await.unwrap(), NamespaceOwner::Foreign);
    let others = namespace(&json!({ MANAGED_BY.0: "Helm" }));
    assert_eq!(owner_from((200, others)).await.unwrap(), NamespaceOwner::Foreign);
    let refused = owner_from(status(401, "Unauthorized", "Unauthorized")).await.unwrap_err();
    assert_eq!(refused.status, ExitStatus::NotAllowed);
}

#[tokio::test]
async fn only_our_own_objects_that_are_no_longer_rendered_are_removed() {
    let (client, calls) = mock_api(|call| {
        let meta = |name: &str, owners: serde_json::Value| {
            json!({ "apiVersion": "meta.k8s.io/v1", "kind": "PartialObjectMetadata",
                    "metadata": { "name": name, "namespace": "films", "ownerReferences": owners } })
        };
        if call.request.starts_with("DELETE") {
            return status(200, "", "");
        }
        if call.request.contains("/configmaps") {
            let owner = json!([{ "apiVersion": "v1", "kind": "Pod", "name": "p", "uid": "u" }]);
            let found = [
                meta("caddyfile", json!(null)),
                meta("of-an-older-version", json!(null)),
                meta("of-a-controller", owner),
            ];
            return list("PartialObjectMetadata", &found);
        }
        if call.request.contains("/roles") {
            return status(403, "Forbidden", "no");
        }
        list("PartialObjectMetadata", &[])
    });
    let pruned = prune(&client, "films", &[object("ConfigMap", "caddyfile")]).await.unwrap();
    assert_eq!(pruned, ["ConfigMap of-an-older-version"]);
    let requests = requests(&calls);
    assert!(requests.iter().all(|request| request.contains("/namespaces/films/")), "{requests:?}");
    let listed = requests.iter().filter(|request| request.starts_with("GET"));
    assert!(listed.clone().all(|request| request.contains("managed-by%3Dginflix")), "{requests:?}");
    for kept in ["secrets", "persistentvolumeclaims", "pods", "/namespaces?"] {
        assert!(!requests.iter().any(|request| request.contains(kept)), "{kept}: {requests:?}");
    }
}
