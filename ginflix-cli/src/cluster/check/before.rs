//! Whether a cluster can be made: programs, permissions, storage, ports.

use std::net::{IpAddr, Ipv4Addr};

use super::{Category, Check};
use crate::cluster::kubernetes::survey::{Need, Survey, survey};
use crate::cluster::options::ProviderName;
use crate::cluster::state::{DEFAULT_PORT, Home};
use crate::cluster::{choice, kind, port, server_binary};
use crate::error::Result;
use crate::global::Global;
use crate::printer::Printer;
use crate::progress::Step;

/// The oldest Kubernetes that has all that the manifests say (a pod that sleeps
/// before it stops).
const OLDEST: (u32, u32) = (1, 30);
/// The oldest kind that was tried.
const OLDEST_KIND: (u32, u32) = (0, 20);
/// Nodes from which on losing one is not losing all.
const NODES: usize = 2;
/// What makes the server's image.
const IMAGE_TOOLS: [&str; 4] = ["bash", "tar", "ldd", "sha256sum"];

/// Looks.
pub async fn run(
    global: &Global,
    provider: Option<ProviderName>,
    wanted_port: Option<u16>,
    printer: &Printer,
) -> Result<Vec<Check>> {
    let dir = Home::find(global)?.cluster(&global.cluster);
    let state = dir.load()?;
    let (provider, why) = match (provider, &state) {
        (Some(provider), _) => (provider, "asked for".to_owned()),
        (None, Some(state)) => (state.provider, "the cluster is there already".to_owned()),
        (None, None) => {
            let chosen = choice::choose(global.context.is_some()).await;
            (chosen.provider, chosen.why.to_owned())
        }
    };
    let runs = state.as_ref().is_some_and(|state| state.provider == provider);
    let step = Step::start(printer, "Looking");
    let mut checks = vec![Check::passed(Category::Tools, "provider", {
        format!("{}: {why}", provider.as_str())
    })];
    match provider {
        ProviderName::Local => {
            checks.push(server_program());
            checks.extend(free_port(global, wanted_port, runs));
        }
        ProviderName::Kind => {
            let server =
                kind::tools::version_of("docker", &["version", "--format", "{{.Server.Version}}"]);
            checks.push(docker(server.await.as_deref()));
            checks
                .push(kind_program(kind::tools::version_of("kind", &["version"]).await.as_deref()));
            checks.push(server_program());
            checks.extend(image_tools());
            checks.extend(free_port(global, wanted_port, runs));
        }
        ProviderName::Kubernetes => {
            let remembered = state.and_then(|state| state.kubernetes).map(|on| on.context);
            match survey(global, remembered.as_ref()).await {
                Ok(survey) => checks.extend(of_survey(&survey, &global.cluster)),
                Err(failure) => {
                    let hint = failure.hint.unwrap_or_default();
                    checks.push(Check::failed(
                        Category::Kubernetes,
                        "context",
                        failure.message,
                        hint,
                    ));
                }
            }
        }
    }
    drop(step);
    checks.sort_by_key(|check| check.category);
    Ok(checks)
}

fn server_program() -> Check {
    match server_binary::find() {
        Ok(path) => Check::passed(Category::Tools, "ginflix-server", path.display().to_string()),
        Err(failure) => Check::failed(
            Category::Tools,
            "ginflix-server",
            failure.message,
            failure.hint.unwrap_or_default(),
        ),
    }
}

/// A cluster that runs holds its port itself.
fn free_port(global: &Global, wanted: Option<u16>, runs: bool) -> Option<Check> {
    if runs {
        return None;
    }
    let number = wanted.unwrap_or(DEFAULT_PORT);
    let listen = IpAddr::V4(Ipv4Addr::LOCALHOST);
    Some(match port::check(listen, number, &global.cluster) {
        Ok(()) => Check::passed(Category::Ports, format!("port {number}"), "is free"),
        Err(failure) => Check::failed(
            Category::Ports,
            format!("port {number}"),
            failure.message,
            failure.hint.unwrap_or_default(),
        ),
    })
}

fn docker(version: Option<&str>) -> Check {
    match version {
        Some(version) => Check::passed(Category::Tools, "docker", version),
        None => Check::failed(
            Category::Tools,
            "docker",
            "does not answer",
            "start it, and see whether you may use it: docker info",
        ),
    }
}

fn kind_program(version: Option<&str>) -> Check {
    let Some(text) = version else {
        return Check::failed(
            Category::Tools,
            "kind",
            "is not on PATH",
            "install it: https://kind.sigs.k8s.io",
        );
    };
    match major_minor(text) {
        Some(found) if found < OLDEST_KIND => Check::warning(
            Category::Tools,
            "kind",
            format!("{text} is older than {}.{}", OLDEST_KIND.0, OLDEST_KIND.1),
            "install a newer one: https://kind.sigs.k8s.io",
        ),
        _ => Check::passed(Category::Tools, "kind", text),
    }
}

fn image_tools() -> Vec<Check> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<_> = std::env::split_paths(&path).collect();
    IMAGE_TOOLS
        .into_iter()
        .filter(|tool| !folders.iter().any(|folder| folder.join(tool).is_file()))
        .map(|tool| {
            Check::warning(
                Category::Tools,
                tool,
                "is not on PATH; it is needed where the server's image is to be made",
                "install it, or bring an image of your own: --image",
            )
        })
        .collect()
}

/// The first `1.33` of `v1.33.2+k3s1`, or of `kind v0.29.0 go1.24`.
fn major_minor(text: &str) -> Option<(u32, u32)> {
    let start = text.find(|c: char| c.is_ascii_digit())?;
    let mut numbers = text[start..].split(|c: char| !c.is_ascii_digit());
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
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
    use super::super::Outcome;
    use super::*;

    #[test]
    fn versions_are_read_wherever_they_stand() {
        assert_eq!(major_minor("v1.33.2+k3s1"), Some((1, 33)));
        assert_eq!(major_minor("kind v0.29.0 go1.24.2 linux/amd64"), Some((0, 29)));
        assert_eq!(major_minor("unknown"), None);
        assert_eq!(version("v1.29.9").outcome, Outcome::Failed);
        assert_eq!(version("v1.30.0").outcome, Outcome::Passed);
        assert_eq!(kind_program(Some("kind v0.11.1 go1.16")).outcome, Outcome::Warning);
        assert_eq!(kind_program(None).outcome, Outcome::Failed);
        assert_eq!(docker(None).outcome, Outcome::Failed);
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
