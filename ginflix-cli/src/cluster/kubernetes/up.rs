//! How a cluster is brought up: planned by a look at it, applied, waited for, and taken
//! back where that fails.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use ginflix_api::account::Login;
use ginflix_api::client::Client as ServerClient;
use kube::Client;

use super::manifests::Plan;
use super::{
    Kubernetes, Overrides, address, apply, observe, parts, plan, rollback, secrets, stop, wait,
};
use crate::cluster::progress::{Event, Progress};
use crate::cluster::provider::{Endpoint, Provider, Target, UpOptions, UpReport};
use crate::cluster::secret;
use crate::cluster::settings::Settings;
use crate::cluster::state::{ClusterRecord, LockedRecord, StateDir, io_failure};
use crate::error::Result;

/// How long `up` waits if nothing else is said.
const UP_TIMEOUT: Duration = Duration::from_secs(600);

/// What `up` is about to do.
pub struct Rollout {
    /// What it applies.
    pub plan: Plan,
    client: Client,
    namespace: String,
    settings: Settings,
    already_running: bool,
}

impl Rollout {
    /// Looks at the namespace and plans what is to be applied there.
    ///
    /// # Errors
    /// Where the namespace is of somebody else, or a database is named that is none.
    pub async fn plan(
        client: Client,
        namespace: &str,
        wanted: &UpOptions,
        progress: &dyn Progress,
    ) -> Result<Self> {
        let stored = stored_settings(&client, namespace, wanted, progress).await?;
        let settings = plan::settings(stored.as_deref(), wanted)?;
        let observed = observe::observe(&client, namespace).await?;
        let parts = parts::parts(&observed);
        Ok(Self {
            plan: plan::plan(namespace, &settings, &observed)?,
            client,
            namespace: namespace.to_owned(),
            settings,
            already_running: !parts.is_empty()
                && parts.iter().all(|part| part.is_complete && part.wanted > 0),
        })
    }

    async fn apply(&self, wanted: &UpOptions, progress: &dyn Progress) -> Result<secrets::Secrets> {
        let (client, namespace, objects) = (&self.client, self.namespace.as_str(), &self.plan.0);
        let step = progress.start(&format!("Applying {} objects", objects.len()));
        let (namespaces, others): (Vec<_>, Vec<_>) =
            objects.iter().partition(|object| object.metadata.namespace.is_none());
        for namespace in namespaces {
            apply::apply(client, namespace).await?;
        }
        let url = wanted.database_url.as_deref().filter(|url| !plan::OWN_DATABASE.contains(url));
        let secrets = secrets::ensure(client, namespace, url).await?;
        let should_be = match (url, self.settings.external_database_port) {
            (Some(url), _) => Some(url.to_owned()),
            (None, None) => Some(secrets::own_database(&secrets)?),
            (None, Some(_)) => None,
        };
        let other = match should_be {
            Some(url) if secrets.get(secrets::DATABASE_URL)? != url => Some(url),
            _ => None,
        };
        if let Some(url) = &other {
            secrets::change_database(client, namespace, url).await?;
        }
        for object in others {
            step.transient(&format!("Applying {}", apply::describe(object)));
            apply::apply(client, object).await?;
        }
        step.done(&format!("Applied {} objects", objects.len()));
        for pruned in apply::prune(client, namespace, objects).await? {
            progress.report(Event::Done(&format!("Removed {pruned}, which is no longer needed")));
        }
        if other.is_some() {
            apply::restart(client, namespace).await?;
            progress.report(Event::Warning(
                "the database is another one now: web and streamers start anew, in turn",
            ));
        }
        Ok(secrets)
    }

    async fn wait(
        &self,
        before: &rollback::Before,
        wanted: &UpOptions,
        deadline: Instant,
        progress: &dyn Progress,
    ) -> Result<()> {
        let (client, namespace) = (&self.client, self.namespace.as_str());
        let Err(failure) = wait::until_complete(client, namespace, deadline, progress).await else {
            return Ok(());
        };
        if !wanted.rollback {
            return Err(failure);
        }
        if before.is_empty() {
            progress.report(Event::Warning("there is nothing to go back to: nothing ran before"));
            return Err(failure);
        }
        progress.report(Event::Warning(&failure.message));
        progress.report(Event::Note("Going back to what ran before"));
        before.restore(client, namespace).await?;
        let again = Instant::now() + UP_TIMEOUT;
        wait::until_complete(client, namespace, again, progress).await?;
        Err(failure.context("what ran before runs again"))
    }
}

/// The settings that the namespace keeps, if it is there and ours.
async fn stored_settings(
    client: &Client,
    namespace: &str,
    wanted: &UpOptions,
    progress: &dyn Progress,
) -> Result<Option<String>> {
    match apply::owner(client, namespace).await? {
        apply::Owner::Foreign => Err(apply::foreign(namespace)),
        apply::Owner::Ours(stored) => Ok(stored),
        apply::Owner::Absent => Ok(None),
        apply::Owner::Leaving => {
            let step = progress.start("Waiting until the former namespace is gone");
            let timeout = wanted.timeout.unwrap_or(UP_TIMEOUT);
            stop::until_gone(client, namespace, timeout).await?;
            step.done("The former namespace is gone");
            Ok(None)
        }
    }
}

impl Kubernetes {
    /// Applies what was planned, and waits until the cluster is that.
    ///
    /// # Errors
    /// Where the Kubernetes cluster does not take it, or it is not complete in time.
    pub async fn carry_out(
        &self,
        rollout: Rollout,
        cluster: &mut LockedRecord,
        wanted: &UpOptions,
        overrides: &Overrides,
        progress: &dyn Progress,
    ) -> Result<UpReport> {
        let Rollout { client, namespace, settings, .. } = &rollout;
        let deadline = Instant::now() + wanted.timeout.unwrap_or(UP_TIMEOUT);
        let before = if wanted.rollback {
            rollback::Before::remember(client, &rollout.plan.0).await?
        } else {
            rollback::Before::nothing()
        };
        let secrets = rollout.apply(wanted, progress).await?;
        keep(&cluster.dir, &secrets)?;
        rollout.wait(&before, wanted, deadline, progress).await?;

        cluster.state.url = address::find(client, namespace, settings, overrides, progress).await?;
        cluster.state.access = settings.access.unwrap_or_default();
        cluster.save()?;
        let context = cluster.state.kubernetes.as_ref().map(|known| known.context.clone());
        Ok(UpReport {
            already_running: rollout.already_running,
            url: cluster.state.url.clone(),
            pid: None,
            data_dir: None,
            context: context.as_ref().map(|context| context.name.clone()),
            kubeconfig: context.and_then(|context| context.kubeconfig),
            admin_password: self.password(cluster, settings).await?,
        })
    }

    /// A database of elsewhere may have had accounts: then the password is not ours.
    async fn password(
        &self,
        cluster: &ClusterRecord,
        settings: &Settings,
    ) -> Result<Option<String>> {
        let path = cluster.dir.admin_password();
        let Some(password) = secret::read(&path).map_err(|e| io_failure("read", &path, &e))? else {
            return Ok(None);
        };
        if settings.external_database_port.is_some() {
            let Endpoint { url, .. } = self.endpoint(cluster, Target::Cluster).await?;
            let login = Login { name: "admin".into(), password: password.clone() };
            if ServerClient::new(url, None)?.log_in(&login).await.is_err() {
                cluster.dir.forget_password()?;
                return Ok(None);
            }
        }
        Ok(Some(password))
    }
}

/// Keeps what this machine needs to know of the secrets, for this user's eyes.
fn keep(dir: &StateDir, secrets: &secrets::Secrets) -> Result<()> {
    let write = |path: PathBuf, text: &str| {
        secret::write(&path, &format!("{text}\n")).map_err(|e| io_failure("write", &path, &e))
    };
    write(dir.token(), secrets.get(secrets::ADMIN_TOKEN)?)?;
    if secrets.are_new {
        write(dir.admin_password(), secrets.get(secrets::ADMIN_PASSWORD)?)?;
    }
    Ok(())
}
