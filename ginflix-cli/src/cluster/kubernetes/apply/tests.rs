use serde_json::json;

use super::super::mock::{absent, api, asked, list, status};
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
        "metadata": { "name": "films", "labels": labels, "annotations": { SETTINGS: "{}" } },
    })
}

#[tokio::test]
async fn objects_are_applied_by_the_server_as_ours() {
    let (client, calls) = api(|call| (200, call.body.clone()));
    apply(&client, &object("Deployment", "web")).await.unwrap();
    let call = calls.lock().unwrap()[0].clone();
    assert!(call.what.starts_with("PATCH /apis/apps/v1/namespaces/films/deployments/web?"));
    assert!(call.what.contains("fieldManager=ginflix") && call.what.contains("force=true"));
    assert_eq!(call.body["kind"], "Deployment");
}

#[tokio::test]
async fn parts_that_know_the_catalogue_start_anew() {
    let (client, calls) = api(|_| {
        let labels = json!({ "selector": {}, "template": {}, "serviceName": "s" });
        (200, json!({ "metadata": {}, "spec": labels }))
    });
    restart(&client, "films").await.unwrap();
    for (call, place) in
        calls.lock().unwrap().iter().zip(["deployments/web", "statefulsets/streamer"])
    {
        assert!(call.what.contains(&format!("/namespaces/films/{place}")), "{}", call.what);
        let notes = &call.body["spec"]["template"]["metadata"]["annotations"];
        assert!(notes["kube.kubernetes.io/restartedAt"].is_string(), "{}", call.body);
    }
    assert_eq!(calls.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn a_refusal_is_told_in_the_apis_words_with_what_to_do() {
    let (client, _) = api(|_| status(403, "Forbidden", "services is forbidden"));
    let failure = apply(&client, &object("Service", "web")).await.unwrap_err();
    assert_eq!(failure.status, ExitStatus::NotAllowed);
    assert!(failure.message.contains("apply Service web: services is forbidden"));
    assert!(failure.hint.unwrap().contains("check --pre"));
}

#[tokio::test]
async fn a_namespace_is_ours_by_its_label_alone() {
    let seen = |answer: (u16, serde_json::Value)| async move {
        owner(&api(move |_| answer.clone()).0, "films").await
    };
    let ours = namespace(&json!({ MANAGED_BY.0: MANAGED_BY.1 }));
    let mut leaving = ours.clone();
    leaving["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z".into();
    assert_eq!(seen(absent()).await.unwrap(), Owner::Absent);
    assert_eq!(seen((200, ours)).await.unwrap(), Owner::Ours(Some("{}".into())));
    assert_eq!(seen((200, leaving)).await.unwrap(), Owner::Leaving);
    assert_eq!(seen((200, namespace(&json!({})))).await.unwrap(), Owner::Foreign);
    let others = namespace(&json!({ MANAGED_BY.0: "Helm" }));
    assert_eq!(seen((200, others)).await.unwrap(), Owner::Foreign);
    let refused = seen(status(401, "Unauthorized", "who are you")).await.unwrap_err();
    assert_eq!(refused.status, ExitStatus::NotAllowed);
}

#[tokio::test]
async fn only_what_is_ours_and_no_longer_wanted_is_removed() {
    let (client, calls) = api(|call| {
        let meta = |name: &str, owners: serde_json::Value| {
            json!({ "apiVersion": "meta.k8s.io/v1", "kind": "PartialObjectMetadata",
                    "metadata": { "name": name, "namespace": "films", "ownerReferences": owners } })
        };
        if call.what.starts_with("DELETE") {
            return status(200, "", "");
        }
        if call.what.contains("/configmaps") {
            let owner = json!([{ "apiVersion": "v1", "kind": "Pod", "name": "p", "uid": "u" }]);
            let found = [
                meta("caddyfile", json!(null)),
                meta("of-an-older-version", json!(null)),
                meta("of-a-controller", owner),
            ];
            return list("PartialObjectMetadata", &found);
        }
        if call.what.contains("/roles") {
            return status(403, "Forbidden", "no");
        }
        list("PartialObjectMetadata", &[])
    });
    let pruned = prune(&client, "films", &[object("ConfigMap", "caddyfile")]).await.unwrap();
    assert_eq!(pruned, ["ConfigMap of-an-older-version"]);
    let asked = asked(&calls);
    assert!(asked.iter().all(|what| what.contains("/namespaces/films/")), "{asked:?}");
    let listed = asked.iter().filter(|what| what.starts_with("GET"));
    assert!(listed.clone().all(|what| what.contains("managed-by%3Dginflix")), "{asked:?}");
    for kept in ["secrets", "persistentvolumeclaims", "pods", "/namespaces?"] {
        assert!(!asked.iter().any(|what| what.contains(kept)), "{kept}: {asked:?}");
    }
}
