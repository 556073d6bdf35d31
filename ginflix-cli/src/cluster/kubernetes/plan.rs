//! What a cluster is to be: its settings, and the objects that they stand for.

use kube::api::DynamicObject;
use url::Url;

use super::{Kubernetes, access, apply, files, manifests, observe};
use crate::cluster::kubernetes::manifests::Plan;
use crate::cluster::options::ProviderName;
use crate::cluster::provider::Wanted;
use crate::cluster::settings::Settings;
use crate::error::{ExitStatus, Failure, Result};
use crate::printer::Printer;

/// What stands for the cluster's own database.
pub const OWN_DATABASE: [&str; 2] = ["own", "file"];

/// Settings as they were, changed by what is wanted now.
///
/// # Errors
/// Where those that were kept are damaged, or a database is named that is none.
pub fn settings(stored: Option<&str>, wanted: &Wanted) -> Result<Settings> {
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
pub fn objects(cluster: &str, settings: &Settings) -> Result<Vec<DynamicObject>> {
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

/// How many pods each deployment runs.
pub fn autoscaled(observed: &observe::Observed) -> Vec<(String, u32)> {
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

impl Kubernetes {
    /// What `up` would apply now.
    pub(in crate::cluster) async fn planned(
        &self,
        wanted: &Wanted,
        printer: &Printer,
    ) -> Result<Plan> {
        let looked = async {
            let client = match self.dir.load()?.and_then(|state| state.kubernetes) {
                Some(known) => access::connect(&known.context).await?,
                None if self.provider == ProviderName::Kind => return Ok(None),
                None => {
                    let named =
                        access::find(self.kubeconfig.as_deref(), self.context.as_deref()).await?;
                    access::client(named.1)?
                }
            };
            let home = apply::home(&client, self.name()).await?;
            let observed = observe::observe(&client, self.name()).await?;
            Ok::<_, Failure>(Some((home, observed)))
        };
        let (stored, running) = match looked.await {
            Ok(Some((apply::Home::Foreign, _))) => return Err(apply::foreign(self.name())),
            Ok(Some((apply::Home::Ours(stored), observed))) => (stored, autoscaled(&observed)),
            Ok(_) => (None, Vec::new()),
            Err(failure) => {
                printer
                    .warn(&format!("planned without a look at the cluster: {}", failure.message));
                (None, Vec::new())
            }
        };
        let mut objects = objects(self.name(), &settings(stored.as_deref(), wanted)?)?;
        manifests::keep_autoscaled(&mut objects, &running);
        Ok(Plan(objects))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::options::ClusterAccess;

    fn wanted(database_url: Option<&str>) -> Wanted {
        Wanted { database_url: database_url.map(str::to_owned), ..Wanted::default() }
    }

    #[test]
    fn what_is_not_named_stays_as_it_was() {
        let open = Wanted { access: Some(ClusterAccess::Private), ..Wanted::default() };
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
        let wanted = Wanted { access: Some(ClusterAccess::Private), ..Wanted::default() };
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
