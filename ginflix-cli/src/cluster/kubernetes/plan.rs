//! What a cluster is to be: its settings, and the objects that they stand for.

use kube::Client;
use kube::api::DynamicObject;
use url::Url;

use super::manifests::Plan;
use super::{apply, files, manifests, observe};
use crate::cluster::progress::{Event, Progress};
use crate::cluster::provider::UpOptions;
use crate::cluster::settings::Settings;
use crate::error::{ExitStatus, Failure, Result};

/// What stands for the cluster's own database.
pub const OWN_DATABASE: [&str; 2] = ["own", "file"];

/// Settings as they were, changed by what is wanted now.
///
/// # Errors
/// Where those that were kept are damaged, or a database is named that is none.
pub fn settings(stored: Option<&str>, wanted: &UpOptions) -> Result<Settings> {
    let stored: Settings = match stored {
        Some(text) => serde_json::from_str(text).map_err(|e| {
            Failure::failed(format!("the settings in the cluster's namespace are damaged: {e}"))
        })?,
        None => Settings::default(),
    };
    let mut settings = stored.changed_by(&wanted.kubernetes);
    settings.access = wanted.access.or(settings.access);
    settings.external_database_port = match wanted.database_url.as_deref() {
        None => settings.external_database_port,
        Some(own) if OWN_DATABASE.contains(&own) => None,
        Some(url) => Some(database_port(url)?),
    };
    Ok(settings)
}

/// The objects that these settings stand for; the namespace among them remembers
/// the settings.
///
/// # Errors
/// Where the manifests are broken, which is a fault of this program.
fn objects(cluster: &str, settings: &Settings) -> Result<Vec<DynamicObject>> {
    let mut files = files::base()?;
    if settings.host.is_some() {
        files.extend(files::https()?);
    }
    let mut objects = manifests::render(&files, cluster, settings)?;
    let text = serde_json::to_string(settings).map_err(|e| Failure::failed(e.to_string()))?;
    for object in &mut objects {
        if object.metadata.namespace.is_none() {
            let annotations = object.metadata.annotations.get_or_insert_default();
            annotations.insert(apply::SETTINGS.to_owned(), text.clone());
        }
    }
    Ok(objects)
}

/// The objects that these settings stand for, without a change to what an autoscaler has made
/// of those that run.
///
/// # Errors
/// As [`objects`].
pub fn plan(cluster: &str, settings: &Settings, observed: &observe::Observed) -> Result<Plan> {
    let mut objects = objects(cluster, settings)?;
    manifests::keep_autoscaled(&mut objects, &replicas(observed));
    Ok(Plan(objects))
}

/// How many pods each deployment runs.
fn replicas(observed: &observe::Observed) -> Vec<(String, u32)> {
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
    let wrong = |why: &str| {
        Failure::new(ExitStatus::Usage, format!("--database-url {why}"))
            .hint("such as postgres://USER:PASSWORD@HOST:5432/DATABASE")
    };
    let url = Url::parse(url).map_err(|_| wrong("is no URL"))?;
    if !matches!(url.scheme(), "postgres" | "postgresql") {
        return Err(wrong("names no PostgreSQL"));
    }
    Ok(url.port().unwrap_or(5432))
}

/// What `up` would apply now: to the cluster that this client reaches, or to a new one where
/// there is no client. What cannot be seen is planned as for a new one.
///
/// # Errors
/// Where the namespace is of somebody else, or a database is named that is none.
pub async fn dry_run(
    client: Result<Option<Client>>,
    cluster: &str,
    wanted: &UpOptions,
    progress: &dyn Progress,
) -> Result<Plan> {
    let looked = async {
        let Some(client) = client? else { return Ok(None) };
        let owner = apply::owner(&client, cluster).await?;
        let observed = observe::observe(&client, cluster).await?;
        Ok::<_, Failure>(Some((owner, observed)))
    };
    let (stored, observed) = match looked.await {
        Ok(Some((apply::Owner::Foreign, _))) => return Err(apply::foreign(cluster)),
        Ok(Some((apply::Owner::Ours(stored), observed))) => (stored, observed),
        Ok(_) => (None, observe::Observed::default()),
        Err(failure) => {
            progress.report(Event::Warning(&format!(
                "planned without a look at the cluster: {}",
                failure.message
            )));
            (None, observe::Observed::default())
        }
    };
    plan(cluster, &settings(stored.as_deref(), wanted)?, &observed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::options::ClusterAccess;

    fn wanted(database_url: Option<&str>) -> UpOptions {
        UpOptions { database_url: database_url.map(str::to_owned), ..UpOptions::default() }
    }

    #[test]
    fn what_is_not_named_stays_as_it_was() {
        let open = UpOptions { access: Some(ClusterAccess::Private), ..UpOptions::default() };
        let first = settings(None, &open).unwrap();
        let kept = serde_json::to_string(&first).unwrap();
        assert_eq!(settings(Some(&kept), &wanted(None)).unwrap(), first);
        assert_eq!(first.access, Some(ClusterAccess::Private));
    }

    #[test]
    fn a_database_of_elsewhere_is_left_for_the_own_one_by_name() {
        let port = |stored: Option<&str>, url| settings(stored, &wanted(url)).unwrap();
        let away = port(None, Some("postgres://u:p@db.example:6000/films"));
        assert_eq!(away.external_database_port, Some(6000));
        let usual = port(None, Some("postgresql://db.example/films"));
        assert_eq!(usual.external_database_port, Some(5432));

        let kept = serde_json::to_string(&away).unwrap();
        assert_eq!(port(Some(&kept), None).external_database_port, Some(6000));
        assert_eq!(port(Some(&kept), Some("own")).external_database_port, None);
    }

    #[test]
    fn what_is_no_database_is_refused_without_its_password() {
        for url in ["mysql://u:secret@db.example/films", "u:secret@db.example"] {
            let failure = settings(None, &wanted(Some(url))).unwrap_err();
            assert_eq!(failure.status, ExitStatus::Usage);
            assert!(!failure.message.contains("secret"), "{}", failure.message);
        }
        assert!(settings(Some("{"), &wanted(None)).is_err());
    }

    #[test]
    fn the_namespace_remembers_the_settings() {
        let wanted = UpOptions { access: Some(ClusterAccess::Private), ..UpOptions::default() };
        let settings = settings(None, &wanted).unwrap();
        let objects = objects("films", &settings).unwrap();
        let namespaces = objects.iter().filter(|object| object.metadata.namespace.is_none());
        let remembered: Vec<Settings> = namespaces
            .filter_map(|object| object.metadata.annotations.as_ref()?.get(apply::SETTINGS))
            .map(|text| serde_json::from_str(text).unwrap())
            .collect();
        assert_eq!(remembered, [settings]);
    }
}
