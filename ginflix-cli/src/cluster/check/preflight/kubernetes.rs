//! Checks a Kubernetes cluster: its version, the namespace, storage, nodes and permissions.

use super::super::finding::{Category, Check};
use super::version::major_minor;
use crate::cluster::kubernetes::capabilities::{Capabilities, Permission, StorageClassInfo};
use crate::cluster::state::KubeContext;
use crate::global::Global;

/// The oldest supported version of Kubernetes, as major and minor number: the manifests use the
/// `sleep` action of `preStop` hooks.
const OLDEST_VERSION: (u32, u32) = (1, 30);
/// With fewer ready nodes than this, the loss of one node interrupts all viewers.
const MIN_NODES: usize = 2;

/// Checks the stored context, else the one that the command line names.
pub async fn check_kubernetes(global: &Global, stored: Option<&KubeContext>) -> Vec<Check> {
    match Capabilities::query(global, stored).await {
        Ok(capabilities) => check_capabilities(&capabilities, &global.cluster),
        Err(failure) => {
            let hint = failure.hint.unwrap_or_default();
            vec![Check::failed(Category::Kubernetes, "context", failure.message, hint)]
        }
    }
}

fn check_capabilities(capabilities: &Capabilities, cluster: &str) -> Vec<Check> {
    let context = &capabilities.context;
    let detail = format!("{} ({})", context.name, context.server);
    let mut checks = vec![
        Check::passed(Category::Kubernetes, "context", detail),
        check_version(&capabilities.version),
        check_namespace(capabilities.is_namespace_foreign, cluster),
        check_storage(capabilities.storage_classes.as_deref()),
        check_nodes(capabilities.ready_nodes),
    ];
    checks.extend(check_permissions(&capabilities.permissions));
    checks
}

fn check_version(text: &str) -> Check {
    match major_minor(text) {
        Some(found) if found < OLDEST_VERSION => Check::failed(
            Category::Kubernetes,
            "version",
            format!("{text} is older than {}.{}", OLDEST_VERSION.0, OLDEST_VERSION.1),
            "upgrade the Kubernetes cluster, or use --provider kind or local",
        ),
        _ => Check::passed(Category::Kubernetes, "version", text),
    }
}

fn check_namespace(is_foreign: Option<bool>, cluster: &str) -> Check {
    let subject = format!("namespace {cluster}");
    match is_foreign {
        None => Check::skipped(Category::Kubernetes, subject, "you may not read it"),
        Some(false) => Check::passed(Category::Kubernetes, subject, "is free, or GinFlix's own"),
        Some(true) => Check::failed(
            Category::Kubernetes,
            subject,
            "exists, and does not belong to GinFlix",
            "choose another name with --cluster",
        ),
    }
}

fn check_storage(classes: Option<&[StorageClassInfo]>) -> Check {
    let subject = "storage class";
    let hint = "name one that creates volumes: ginflix cluster up --storage-class NAME";
    let Some(classes) = classes else {
        return Check::skipped(Category::Storage, subject, "you may not list them");
    };
    if let Some(class) = classes.iter().find(|class| class.is_default) {
        return Check::passed(Category::Storage, subject, format!("{} is the default", class.name));
    }
    let names: Vec<&str> = classes.iter().map(|class| class.name.as_str()).collect();
    if names.is_empty() {
        let hint = "install a provisioner of volumes";
        return Check::failed(Category::Storage, subject, "there is none", hint);
    }
    let detail = format!("none is the default; there are {}", names.join(", "));
    Check::failed(Category::Storage, subject, detail, hint)
}

fn check_nodes(ready: Option<usize>) -> Check {
    match ready {
        None => Check::skipped(Category::Nodes, "nodes", "you may not list them"),
        Some(0) => Check::failed(
            Category::Nodes,
            "nodes",
            "none is ready",
            "see the cause: kubectl describe nodes",
        ),
        Some(count) if count < MIN_NODES => Check::warning(
            Category::Nodes,
            "nodes",
            format!("{count} is ready"),
            "add a node: with only one, its loss interrupts all viewers",
        ),
        Some(count) => Check::passed(Category::Nodes, "nodes", format!("{count} are ready")),
    }
}

/// Returns a check for each resource with missing permissions, which lists the missing verbs.
fn check_permissions(permissions: &[(Permission, bool)]) -> Vec<Check> {
    let missing: Vec<&Permission> = permissions
        .iter()
        .filter(|(_, is_granted)| !is_granted)
        .map(|(permission, _)| permission)
        .collect();
    if missing.is_empty() {
        let detail = format!("you have all {} that are needed", permissions.len());
        return vec![Check::passed(Category::Permissions, "permissions", detail)];
    }
    let mut checks: Vec<Check> = Vec::new();
    for permission in missing {
        match checks.iter_mut().find(|check| check.subject == permission.resource()) {
            Some(check) => check.detail.push_str(&format!(", {}", permission.verb)),
            None => checks.push(Check::failed(
                Category::Permissions,
                permission.resource(),
                format!("you may not {}", permission.verb),
                "ask the administrator of the Kubernetes cluster for a role with these verbs",
            )),
        }
    }
    checks
}

#[cfg(test)]
mod tests {
    use super::super::super::finding::CheckOutcome;
    use super::*;

    #[test]
    fn an_old_version_fails() {
        assert_eq!(check_version("v1.29.9").outcome, CheckOutcome::Failed);
        assert_eq!(check_version("v1.30.0").outcome, CheckOutcome::Passed);
    }

    #[test]
    fn a_storage_class_must_be_the_default_or_be_named() {
        let check = |classes: &[(&str, bool)]| {
            let classes: Vec<_> = classes
                .iter()
                .map(|(name, is_default)| StorageClassInfo {
                    name: (*name).to_owned(),
                    is_default: *is_default,
                })
                .collect();
            check_storage(Some(&classes))
        };
        assert_eq!(check(&[("a", false), ("b", true)]).detail, "b is the default");
        let none = check(&[("a", false), ("b", false)]);
        assert_eq!(none.outcome, CheckOutcome::Failed);
        assert!(none.detail.contains("a, b") && none.hint.unwrap().contains("--storage-class"));
        assert_eq!(check(&[]).detail, "there is none");
        assert_eq!(check_storage(None).outcome, CheckOutcome::Skipped);
    }

    #[test]
    fn missing_permissions_are_named_by_resource() {
        let permission =
            |verb, resource| Permission { verb, group: "apps", resource, subresource: None };
        let permissions = [
            (permission("get", "deployments"), true),
            (permission("patch", "deployments"), false),
            (permission("delete", "deployments"), false),
        ];
        let checks = check_permissions(&permissions);
        assert_eq!(checks.len(), 1);
        assert_eq!(checks[0].subject, "deployments.apps");
        assert_eq!(checks[0].detail, "you may not patch, delete");
        assert_eq!(check_permissions(&permissions[..1])[0].outcome, CheckOutcome::Passed);
    }

    #[test]
    fn one_node_is_a_warning_and_none_is_a_failure() {
        assert_eq!(check_nodes(Some(0)).outcome, CheckOutcome::Failed);
        assert_eq!(check_nodes(Some(1)).outcome, CheckOutcome::Warning);
        assert_eq!(check_nodes(Some(3)).outcome, CheckOutcome::Passed);
    }
}
