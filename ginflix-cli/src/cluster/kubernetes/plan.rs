//! Plans what is applied: the settings of a cluster, and the objects that are rendered from them.

use kube::Client;
use kube::api::DynamicObject;
use url::Url;

use super::manifests::ManifestPlan;
use super::{apply, files, manifests, observe};
use crate::cluster::progress::{Progress, ProgressEvent};
use crate::cluster::provider::UpOptions;
use crate::cluster::settings::KubernetesSettings;
use crate::error::{ExitStatus, Failure, Result};

/// Values of `--database-url` that stand for the cluster's own database.
pub const OWN_DATABASE: [&str; 2] = ["own", "file"];
/// The port of a database whose URL names none.
const DEFAULT_DATABASE_PORT: u16 = 5432;

/// Returns the stored settings, given as JSON, overridden by the options.
///
/// # Errors
/// The stored settings are damaged, or the database URL is not one of PostgreSQL.
pub fn settings(stored: Option<&str>, options: &UpOptions) -> Result<KubernetesSettings> {
    let stored: KubernetesSettings = match stored {
        Some(text) => serde_json::from_str(text).map_err(|e| {
            let message = format!("the settings in the cluster's namespace are damaged: {e}");
            Failure::failed(message).hint(format!(
                "remove the annotation `{}` from the namespace, and repeat the command with all \
                 options that differ from the defaults",
                apply::SETTINGS_ANNOTATION
            ))
        })?,
        None => KubernetesSettings::default(),
    };
    let mut settings = stored.merge(&options.kubernetes);
    settings.access = options.access.or(settings.access);
    settings.external_database_port = match options.database_url.as_deref() {
        None => settings.external_database_port,
        Some(own) if OWN_DATABASE.contains(&own) => None,
        Some(url) => Some(database_port(url)?),
    };
    Ok(settings)
}

/// Renders the objects for these settings, and stores the settings in the namespace among them.
///
/// # Errors
/// The embedded manifests are broken, which is a bug of this program.
fn objects(cluster: &str, settings: &KubernetesSettings) -> Result<Vec<DynamicObject>> {
    let mut files = files::base()?;
    if settings.host.is_some() {
        files.extend(files::https()?);
    }
    let mut objects = manifests::render(&files, cluster, settings)?;
    let text = serde_json::to_string(settings).map_err(|e| Failure::failed(e.to_string()))?;
    for object in &mut objects {
        if object.metadata.namespace.is_none() {
            let annotations = object.metadata.annotations.get_or_insert_default();
            annotations.insert(apply::SETTINGS_ANNOTATION.to_owned(), text.clone());
        }
    }
    Ok(objects)
}

/// Plans the objects for these settings. Deployments with an autoscaler keep their current number
/// of replicas.
///
/// # Errors
/// As [`objects`].
pub fn plan(
    cluster: &str,
    settings: &KubernetesSettings,
    observed: &observe::ObservedState,
) -> Result<ManifestPlan> {
    let mut objects = objects(cluster, settings)?;
    manifests::keep_autoscaled(&mut objects, &current_replicas(observed));
    Ok(ManifestPlan(objects))
}

/// Returns the name and the number of replicas of each deployment.
fn current_replicas(observed: &observe::ObservedState) -> Vec<(String, u32)> {
    observed
        .deployments
        .iter()
        .filter_map(|deployment| {
            let replicas = deployment.spec.as_ref()?.replicas?;
            Some((deployment.metadata.name.clone()?, u32::try_from(replicas).ok()?))
        })
        .collect()
}

fn database_port(url: &str) -> Result<u16> {
    // The message does not quote the URL, which may hold a password.
    let invalid = |problem: &str| {
        Failure::new(ExitStatus::Usage, format!("--database-url {problem}"))
            .hint("use a URL such as postgres://USER:PASSWORD@HOST:5432/DATABASE")
    };
    let url = Url::parse(url).map_err(|_| invalid("is not a URL"))?;
    if !matches!(url.scheme(), "postgres" | "postgresql") {
        return Err(invalid("is not the URL of a PostgreSQL database"));
    }
    Ok(url.port().unwrap_or(DEFAULT_DATABASE_PORT))
}

/// Returns the objects that `up` would apply now to the cluster of this client, or to a new cluster
/// if there is no client. If the cluster cannot be read, warns and plans for a new one.
///
/// # Errors
/// The namespace belongs to somebody else, or the database URL is not one of PostgreSQL.
pub async fn dry_run(
    client: Result<Option<Client>>,
    cluster: &str,
    options: &UpOptions,
    progress: &dyn Progress,
) -> Result<ManifestPlan> {
    let current = async {
        let Some(client) = client? else { return Ok(None) };
        let owner = apply::owner(&client, cluster).await?;
        let observed = observe::observe(&client, cluster).await?;
        Ok::<_, Failure>(Some((owner, observed)))
    };
    let (stored, observed) = match current.await {
        Ok(Some((apply::NamespaceOwner::Foreign, _))) => {
            return Err(apply::foreign_namespace(cluster));
        }
        Ok(Some((apply::NamespaceOwner::Ours(stored), observed))) => (stored, observed),
        Ok(_) => (None, observe::ObservedState::default()),
        Err(failure) => {
            progress.report(ProgressEvent::Warning(&format!(
                "planned for a new cluster, because the current one cannot be read: {}",
                failure.message
            )));
            (None, observe::ObservedState::default())
        }
    };
    plan(cluster, &settings(stored.as_deref(), options)?, &observed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::options::ClusterAccess;

    fn options(database_url: Option<&str>) -> UpOptions {
        UpOptions { database_url: database_url.map(str::to_owned), ..UpOptions::default() }
    }

    #[test]
    fn settings_without_an_option_keep_their_value() {
        let private = UpOptions { access: Some(ClusterAccess::Private), ..UpOptions::default() };
        let first = settings(None, &private).unwrap();
        let kept = serde_json::to_string(&first).unwrap();
        assert_eq!(settings(Some(&kept), &options(None)).unwrap(), first);
        assert_eq!(first.access, Some(ClusterAccess::Private));
    }

    #[test]
    fn an_external_database_is_used_until_the_own_one_is_named() {
        let merged = |stored: Option<&str>, url| settings(stored, &options(url)).unwrap();
        let external = merged(None, Some("postgres://u:p@db.example:6000/films"));
        assert_eq!(external.external_database_port, Some(6000));
        let without_port = merged(None, Some("postgresql://db.example/films"));
        assert_eq!(without_port.external_database_port, Some(5432));

        let kept = serde_json::to_string(&external).unwrap();
        assert_eq!(merged(Some(&kept), None).external_database_port, Some(6000));
        assert_eq!(merged(Some(&kept), Some("own")).external_database_port, None);
    }

    #[test]
    fn an_invalid_database_url_is_refused_without_quoting_it() {
        for url in ["mysql://u:secret@db.example/films", "u:secret@db.example"] {
            let failure = settings(None, &options(Some(url))).unwrap_err();
            assert_eq!(failure.status, ExitStatus::Usage);
            assert!(!failure.message.contains("secret"), "{}", failure.message);
        }
        assert!(settings(Some("{"), &options(None)).is_err());
    }

    #[test]
    fn the_namespace_stores_the_settings() {
        let options = UpOptions { access: Some(ClusterAccess::Private), ..UpOptions::default() };
        let settings = settings(None, &options).unwrap();
        let objects = objects("films", &settings).unwrap();
        let namespaces = objects.iter().filter(|object| object.metadata.namespace.is_none());
        let stored: Vec<KubernetesSettings> = namespaces
            .filter_map(|object| {
                object.metadata.annotations.as_ref()?.get(apply::SETTINGS_ANNOTATION)
            })
            .map(|text| serde_json::from_str(text).unwrap())
            .collect();
        assert_eq!(stored, [settings]);
    }
}
