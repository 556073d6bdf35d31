//! Which Kubernetes cluster: always by the name of a context, never by
//! whatever happens to be the current one later.

use std::path::Path;
use std::time::Duration;

use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};

use crate::cluster::state::Context;
use crate::error::{ExitStatus, Failure, Result};

/// How long a connection to the API may take to come about.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Finds a context by name, or the current one, and what it stands for now.
///
/// # Errors
/// Where there is no such file or context.
pub async fn find(kubeconfig: Option<&Path>, name: Option<&str>) -> Result<(Context, Config)> {
    let file = match kubeconfig {
        Some(path) => Kubeconfig::read_from(path),
        None => Kubeconfig::read(),
    };
    let file = file.map_err(|e| {
        Failure::new(ExitStatus::NotFound, format!("cannot read a kubeconfig: {}", flatten(&e)))
            .hint("name the file: --kubeconfig FILE")
    })?;
    let known: Vec<String> = file.contexts.iter().map(|context| context.name.clone()).collect();
    let name = name.map(str::to_owned).or_else(|| file.current_context.clone());
    let known_text = if known.is_empty() { "there is none".to_owned() } else { known.join(", ") };
    let Some(name) = name.filter(|name| !name.is_empty()) else {
        return Err(Failure::new(ExitStatus::Usage, "no Kubernetes context is named")
            .hint(format!("name one with --context: {known_text}")));
    };
    if !known.contains(&name) {
        return Err(Failure::new(
            ExitStatus::NotFound,
            format!("there is no Kubernetes context `{name}`"),
        )
        .hint(format!("contexts in that kubeconfig: {known_text}")));
    }
    let options = KubeConfigOptions { context: Some(name.clone()), ..Default::default() };
    let mut config = Config::from_custom_kubeconfig(file, &options).await.map_err(|e| {
        Failure::failed(format!("the context `{name}` cannot be used: {}", flatten(&e)))
    })?;
    config.connect_timeout = Some(CONNECT_TIMEOUT);
    let kubeconfig =
        kubeconfig.map(|path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned()));
    Ok((Context { name, kubeconfig, server: config.cluster_url.to_string() }, config))
}

/// A client of a context that is remembered.
///
/// # Errors
/// As [`find`], and a conflict where the name has come to stand for another cluster.
pub async fn connect(remembered: &Context) -> Result<Client> {
    let (now, config) = find(remembered.kubeconfig.as_deref(), Some(&remembered.name)).await?;
    if now.server != remembered.server {
        return Err(Failure::new(
            ExitStatus::Conflict,
            format!(
                "the Kubernetes context `{}` is another cluster now: {} in place of {}",
                now.name, now.server, remembered.server
            ),
        )
        .hint("name the right one: ginflix cluster up --context NAME"));
    }
    client(config)
}

/// A client of this configuration.
///
/// # Errors
/// Where its certificates cannot be used.
pub fn client(config: Config) -> Result<Client> {
    Client::try_from(config).map_err(|e| failure("connect to the Kubernetes cluster", &e))
}

/// What a failed call of the API means, and what to do about it.
pub fn failure(doing: &str, error: &kube::Error) -> Failure {
    let kube::Error::Api(status) = error else {
        return Failure::failed(format!("cannot {doing}: {}", flatten(error))).hint(
            "see whether the Kubernetes cluster runs and is reached from here: kubectl get nodes",
        );
    };
    let message = format!("cannot {doing}: {}", status.message);
    match status.code {
        401 => Failure::new(ExitStatus::NotAllowed, message)
            .hint("the kubeconfig's user is not known there: log in to the Kubernetes cluster anew"),
        403 => Failure::new(ExitStatus::NotAllowed, message)
            .hint("see which permissions are missing: ginflix cluster check --pre"),
        404 => Failure::new(ExitStatus::NotFound, message),
        409 => Failure::new(ExitStatus::Conflict, message).hint("repeat the command"),
        422 if status.message.contains("updates to statefulset spec") => {
            Failure::new(ExitStatus::Conflict, message).hint(
                "storage class and size are of new volumes alone: leave out --storage-class and --storage-size",
            )
        }
        _ => Failure::failed(message),
    }
}

/// Whether the API says that there is no such thing.
pub fn is_absent(error: &kube::Error) -> bool {
    matches!(error, kube::Error::Api(status) if status.code == 404)
}

/// An error with all its causes, each said once.
pub fn flatten(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let said = error.to_string();
        if !text.contains(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        cause = error.source();
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
    async fn a_context_is_found_by_name_and_no_other() {
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
    async fn a_context_that_became_another_cluster_is_refused() {
        let file = file(TWO);
        let (before, _) = find(Some(file.path()), Some("a")).await.unwrap();
        std::fs::write(file.path(), TWO.replace("127.0.0.1:1", "127.0.0.9:1")).unwrap();
        let failure = connect(&before).await.err().unwrap();
        assert_eq!(failure.status, ExitStatus::Conflict);
        assert!(failure.message.contains("127.0.0.9"));
    }

    #[tokio::test]
    async fn without_a_kubeconfig_the_way_out_is_named() {
        let failure = find(Some(Path::new("/none/such")), None).await.err().unwrap();
        assert!(failure.hint.unwrap().contains("--kubeconfig"));
    }
}
