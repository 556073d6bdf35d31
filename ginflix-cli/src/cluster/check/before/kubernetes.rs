//! What a Kubernetes cluster must have: a version, storage, nodes, permissions.

use super::super::finding::{Category, Check};
use super::version::major_minor;
use crate::cluster::kubernetes::survey::{Need, Survey, survey};
use crate::cluster::state::Context;
use crate::global::Global;

/// The oldest Kubernetes that has all that the manifests say (a pod that sleeps
/// before it stops).
const OLDEST: (u32, u32) = (1, 30);
/// Nodes from which on losing one is not losing all.
const NODES: usize = 2;

/// Looks at the context that is remembered, else at the one that is named.
pub async fn kubernetes(global: &Global, remembered: Option<&Context>) -> Vec<Check> {
    match survey(global, remembered).await {
        Ok(survey) => of_survey(&survey, &global.cluster),
        Err(failure) => {
            let hint = failure.hint.unwrap_or_default();
            vec![Check::failed(Category::Kubernetes, "context", failure.message, hint)]
        }
    }
}

fn of_survey(survey: &Survey, cluster: &str) -> Vec<Check> {
    let mut checks = vec![
        Check::passed(Category::Kubernetes, "context", {
            format!("{} ({})", survey.context.name, survey.context.server)
        }),
        version(&survey.version),
        namespace(survey, cluster),
        storage(survey.classes.as_deref()),
        nodes(survey.nodes),
    ];
    checks.extend(permissions(&survey.permissions));
    checks
}

fn version(text: &str) -> Check {
    match major_minor(text) {
        Some(found) if found < OLDEST => Check::failed(
            Category::Kubernetes,
            "version",
            format!("{text} is older than {}.{}", OLDEST.0, OLDEST.1),
            "upgrade the Kubernetes cluster, or take --provider kind or local",
        ),
        _ => Check::passed(Category::Kubernetes, "version", text),
    }
}

fn namespace(survey: &Survey, cluster: &str) -> Check {
    let what = format!("namespace {cluster}");
    match survey.is_namespace_foreign {
        None => Check::skipped(Category::Kubernetes, what, "you may not look for it"),
        Some(false) => Check::passed(Category::Kubernetes, what, "is free, or ours"),
        Some(true) => Check::failed(
            Category::Kubernetes,
            what,
            "exists, and is not of GinFlix",
            "choose another name with --cluster",
        ),
    }
}

fn storage(classes: Option<&[(String, bool)]>) -> Check {
    let what = "storage class";
    let hint = "name one that makes volumes: ginflix cluster up --storage-class NAME";
    let Some(classes) = classes else {
        return Check::skipped(Category::Storage, what, "you may not see which there are");
    };
    if let Some((name, _)) = classes.iter().find(|(_, is_default)| *is_default) {
        return Check::passed(Category::Storage, what, format!("{name} is the default"));
    }
    let names: Vec<&str> = classes.iter().map(|(name, _)| name.as_str()).collect();
    if names.is_empty() {
        let hint = "install a provisioner of volumes";
        return Check::failed(Category::Storage, what, "there is none", hint);
    }
    let detail = format!("none is the default; there are {}", names.join(", "));
    Check::failed(Category::Storage, what, detail, hint)
}

fn nodes(ready: Option<usize>) -> Check {
    match ready {
        None => Check::skipped(Category::Nodes, "nodes", "you may not see them"),
        Some(0) => Check::failed(Category::Nodes, "nodes", "none is ready", "kubectl get nodes"),
        Some(count) if count < NODES => Check::warning(
            Category::Nodes,
            "nodes",
            format!("{count} is ready"),
            "viewers go on when a node is lost only where there are others",
        ),
        Some(count) => Check::passed(Category::Nodes, "nodes", format!("{count} are ready")),
    }
}

fn permissions(asked: &[(Need, bool)]) -> Vec<Check> {
    let missing: Vec<&Need> =
        asked.iter().filter(|(_, is_allowed)| !is_allowed).map(|(need, _)| need).collect();
    if missing.is_empty() {
        let detail = format!("all {} that are needed", asked.len());
        return vec![Check::passed(Category::Permissions, "you may", detail)];
    }
    let mut checks: Vec<Check> = Vec::new();
    for need in missing {
        match checks.iter_mut().find(|check| check.what == need.resource()) {
            Some(check) => check.detail.push_str(&format!(", {}", need.verb)),
            None => checks.push(Check::failed(
                Category::Permissions,
                need.resource(),
                format!("you may not {}", need.verb),
                "ask whoever runs the Kubernetes cluster for a Role with these verbs",
            )),
        }
    }
    checks
}

#[cfg(test)]
mod tests {
    use super::super::super::finding::Outcome;
    use super::*;

    #[test]
    fn an_old_api_is_refused() {
        assert_eq!(version("v1.29.9").outcome, Outcome::Failed);
        assert_eq!(version("v1.30.0").outcome, Outcome::Passed);
    }

    #[test]
    fn a_storage_class_must_be_the_default_or_be_named() {
        let of = |classes: &[(&str, bool)]| {
            let owned: Vec<_> = classes.iter().map(|(n, d)| ((*n).to_owned(), *d)).collect();
            storage(Some(&owned))
        };
        assert_eq!(of(&[("a", false), ("b", true)]).detail, "b is the default");
        let none = of(&[("a", false), ("b", false)]);
        assert_eq!(none.outcome, Outcome::Failed);
        assert!(none.detail.contains("a, b") && none.hint.unwrap().contains("--storage-class"));
        assert_eq!(of(&[]).detail, "there is none");
        assert_eq!(storage(None).outcome, Outcome::Skipped);
    }

    #[test]
    fn missing_permissions_are_named_by_resource() {
        let need = |verb, resource| Need { verb, group: "apps", resource, subresource: None };
        let asked = [
            (need("get", "deployments"), true),
            (need("patch", "deployments"), false),
            (need("delete", "deployments"), false),
        ];
        let checks = permissions(&asked);
        assert_eq!(checks.len(), 1);
        assert_eq!(checks[0].what, "deployments.apps");
        assert_eq!(checks[0].detail, "you may not patch, delete");
        assert_eq!(permissions(&asked[..1])[0].outcome, Outcome::Passed);
    }

    #[test]
    fn one_node_is_a_risk_and_none_a_fault() {
        assert_eq!(nodes(Some(0)).outcome, Outcome::Failed);
        assert_eq!(nodes(Some(1)).outcome, Outcome::Warning);
        assert_eq!(nodes(Some(3)).outcome, Outcome::Passed);
    }
}
