//! Connects to a Kubernetes cluster by the name of a context, so that a later change of the current
//! context does not redirect a command to another cluster.

use std::path::Path;
use std::time::Duration;

use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};

use crate::cluster::state::KubeContext;
use crate::error::{ExitStatus, Failure, Result};

/// How long it may take to establish a connection to the API.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Reads a context from a kubeconfig, by default the current context of the default kubeconfig.
/// Returns it in the form that is stored, and the configuration to connect with.
///
/// # Errors
/// There is no such file or context, or the context is invalid.
pub async fn find(kubeconfig: Option<&Path>, name: Option<&str>) -> Result<(KubeContext, Config)> {
    let file = match kubeconfig {
        Some(path) => Kubeconfig::read_from(path),
        None => Kubeconfig::read(),
    };
    let file = file.map_err(|e| {
        Failure::new(ExitStatus::NotFound, format!("cannot read a kubeconfig: {}", flatten(&e)))
            .hint("name the file: --kubeconfig FILE")
    })?;
    let contexts: Vec<String> = file.contexts.iter().map(|context| context.name.clone()).collect();
    let name = name.map(str::to_owned).or_else(|| file.current_context.clone());
    let list = if contexts.is_empty() { "there is none".to_owned() } else { contexts.join(", ") };
    let Some(name) = name.filter(|name| !name.is_empty()) else {
        return Err(Failure::new(ExitStatus::Usage, "the kubeconfig has no current context")
            .hint(format!("name a context with --context: {list}")));
    };
    if !contexts.contains(&name) {
        return Err(Failure::new(
            ExitStatus::NotFound,
            format!("there is no Kubernetes context `{name}`"),
        )
        .hint(format!("contexts in that kubeconfig: {list}")));
    }
    let options = KubeConfigOptions { context: Some(name.clone()), ..Default::default() };
    let mut config = Config::from_custom_kubeconfig(file, &options).await.map_err(|e| {
        Failure::failed(format!("the context `{name}` cannot be used: {}", flatten(&e)))
    })?;
    config.connect_timeout = Some(CONNECT_TIMEOUT);
    let kubeconfig =
        kubeconfig.map(|path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned()));
    Ok((KubeContext { name, kubeconfig, server: config.cluster_url.to_string() }, config))
}

/// Returns a client for a stored context.
///
/// # Errors
/// As [`find`]; also fails with [`ExitStatus::Conflict`] if the context refers to another
/// Kubernetes cluster by now.
pub async fn connect(stored: &KubeContext) -> Result<Client> {
    let (current, config) = find(stored.kubeconfig.as_deref(), Some(&stored.name)).await?;
    if current.server != stored.server {
        return Err(Failure::new(
            ExitStatus::Conflict,
            format!(
                "the Kubernetes context `{}` refers to another cluster now: {} instead of {}",
                current.name, current.server, stored.server
            ),
        )
        .hint(
            "restore the former address of that context in the kubeconfig, or choose another name \
             with --cluster",
        ));
    }
    client(config)
}

/// Returns a client for a configuration.
///
/// # Errors
/// The certificates of the configuration are invalid.
pub fn client(config: Config) -> Result<Client> {
    Client::try_from(config).map_err(|e| failure("connect to the Kubernetes cluster", &e))
}

/// Returns the failure for an error of the API, with a hint that says what the user can do about
/// it. `operation` is a verb phrase, such as `list pods`.
pub fn failure(operation: &str, error: &kube::Error) -> Failure {
    let kube::Error::Api(status) = error else {
        return Failure::failed(format!("cannot {operation}: {}", flatten(error))).hint(
            "check that the Kubernetes cluster runs and can be reached from here: kubectl get nodes",
        );
    };
    let message = format!("cannot {operation}: {}", status.message);
    match status.code {
        401 => Failure::new(ExitStatus::NotAllowed, message)
            .hint("the Kubernetes cluster does not accept the kubeconfig's user: log in to it again"),
        403 => Failure::new(ExitStatus::NotAllowed, message)
            .hint("see which permissions are missing: ginflix cluster check --pre"),
        404 => Failure::new(ExitStatus::NotFound, message),
        409 => Failure::new(ExitStatus::Conflict, message).hint("repeat the command"),
        422 if status.message.contains("updates to statefulset spec") => {
            Failure::new(ExitStatus::Conflict, message).hint(
                "storage class and size of existing volumes cannot be changed: leave out --storage-class and --storage-size",
            )
        }
        _ => Failure::failed(message),
    }
}

/// Returns whether the API reports that the object does not exist.
pub fn is_not_found(error: &kube::Error) -> bool {
    matches!(error, kube::Error::Api(status) if status.code == 404)
}

/// Returns an error with all its causes, without those whose text is included already.
fn flatten(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &str = r"
apiVersion: v1
kind: Config
current-context: a
clusters:
- {name: ca, cluster: {server: 'https://127.0.0.1:1'}}
- {name: cb, cluster: {server: 'https://127.0.0.1:2'}}
users: [{name: u, user: {token: t}}]
contexts:
- {name: a, context: {cluster: ca, user: u}}
- {name: b, context: {cluster: cb, user: u}}
";

    fn file(text: &str) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        file
    }

    #[tokio::test]
    async fn a_context_is_found_by_its_exact_name() {
        let file = file(TWO);
        let (current, _) = find(Some(file.path()), None).await.unwrap();
        assert_eq!((current.name.as_str(), current.server.as_str()), ("a", "https://127.0.0.1:1/"));
        let (named, _) = find(Some(file.path()), Some("b")).await.unwrap();
        assert_eq!(named.server, "https://127.0.0.1:2/");
        let failure = find(Some(file.path()), Some("c")).await.err().unwrap();
        assert_eq!(failure.status, ExitStatus::NotFound);
        assert!(failure.hint.unwrap().contains("a, b"));
    }

    #[tokio::test]
    async fn a_context_that_refers_to_another_cluster_is_refused() {
        let file = file(TWO);
        let (before, _) = find(Some(file.path()), Some("a")).await.unwrap();
        std::fs::write(file.path(), TWO.replace("127.0.0.1:1", "127.0.0.9:1")).unwrap();
        let failure = connect(&before).await.err().unwrap();
        assert_eq!(failure.status, ExitStatus::Conflict);
        assert!(failure.message.contains("127.0.0.9"));
    }

    #[tokio::test]
    async fn a_missing_kubeconfig_is_reported_with_a_hint() {
        let failure = find(Some(Path::new("/none/such")), None).await.err().unwrap();
        assert!(failure.hint.unwrap().contains("--kubeconfig"));
    }
}
