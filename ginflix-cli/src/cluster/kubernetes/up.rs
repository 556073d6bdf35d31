//! Brings a cluster up: plans the objects from the observed state, applies them, waits until the
//! components are complete, and rolls back if they are not.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use ginflix_api::account::Login;
use ginflix_api::client::Client as ServerClient;
use kube::Client;
use kube::api::DynamicObject;

use super::manifests::ManifestPlan;
use super::rollback::RollbackSnapshot;
use super::secrets::{self, ClusterSecrets};
use super::{
    KubernetesProvider, RolloutOverrides, address, apply, components, observe, plan, stop, wait,
};
use crate::cluster::progress::{Progress, ProgressEvent};
use crate::cluster::provider::{Endpoint, EndpointTarget, Provider, UpOptions, UpReport};
use crate::cluster::secret;
use crate::cluster::settings::KubernetesSettings;
use crate::cluster::state::{ClusterRecord, LockedRecord, StateDir, io_failure};
use crate::error::Result;

/// How long `up` waits until the components are complete, by default.
const UP_TIMEOUT: Duration = Duration::from_secs(600);

/// A planned change of a cluster.
pub struct Rollout {
    /// The objects to apply.
    pub plan: ManifestPlan,
    client: Client,
    namespace: String,
    settings: KubernetesSettings,
    already_running: bool,
}

impl Rollout {
    /// Plans the change of the cluster in this namespace.
    ///
    /// # Errors
    /// The namespace belongs to somebody else, or the database URL is not one of PostgreSQL.
    pub async fn plan(
        client: Client,
        namespace: &str,
        options: &UpOptions,
        progress: &dyn Progress,
    ) -> Result<Self> {
        let stored = stored_settings(&client, namespace, options, progress).await?;
        let settings = plan::settings(stored.as_deref(), options)?;
        let observed = observe::observe(&client, namespace).await?;
        let components = components::components(&observed);
        Ok(Self {
            plan: plan::plan(namespace, &settings, &observed)?,
            client,
            namespace: namespace.to_owned(),
            settings,
            already_running: !components.is_empty()
                && components.iter().all(|c| c.is_complete && c.desired > 0),
        })
    }

    /// Applies the objects and removes those that are no longer needed. Returns the secrets.
    async fn apply(&self, options: &UpOptions, progress: &dyn Progress) -> Result<ClusterSecrets> {
        let (client, namespace, objects) = (&self.client, self.namespace.as_str(), &self.plan.0);
        let step = progress.start(&format!("Applying {} objects", objects.len()));
        let (namespaces, others): (Vec<&DynamicObject>, Vec<&DynamicObject>) =
            objects.iter().partition(|object| object.metadata.namespace.is_none());
        for namespace in namespaces {
            apply::apply(client, namespace).await?;
        }
        // The Secret needs the namespace, and the pods of the other objects need the Secret.
        let (secrets, database_changed) = self.apply_secrets(options).await?;
        for object in others {
            step.transient(&format!("Applying {}", apply::describe(object)));
            apply::apply(client, object).await?;
        }
        step.done(&format!("Applied {} objects", objects.len()));
        for pruned in apply::prune(client, namespace, objects).await? {
            let text = format!("Removed {pruned}, which is no longer needed");
            progress.report(ProgressEvent::Done(&text));
        }
        if database_changed {
            apply::restart(client, namespace).await?;
            progress.report(ProgressEvent::Warning(
                "the database has changed: web and streamers restart, one pod after the other",
            ));
        }
        Ok(secrets)
    }

    /// Creates the Secret if there is none. Returns it, and whether the URL of the database in an
    /// existing one was changed.
    async fn apply_secrets(&self, options: &UpOptions) -> Result<(ClusterSecrets, bool)> {
        let (client, namespace) = (&self.client, self.namespace.as_str());
        let external_url =
            options.database_url.as_deref().filter(|url| !plan::OWN_DATABASE.contains(url));
        let secrets = secrets::ensure(client, namespace, external_url).await?;
        let url = match (external_url, self.settings.external_database_port) {
            (Some(url), _) => url.to_owned(),
            (None, None) => secrets.own_database_url()?,
            // The external database of an earlier `up` stays.
            (None, Some(_)) => return Ok((secrets, false)),
        };
        if secrets.get(secrets::DATABASE_URL)? == url {
            return Ok((secrets, false));
        }
        secrets::set_database_url(client, namespace, &url).await?;
        Ok((secrets, true))
    }

    /// Waits until the components are complete. If they are not, restores the snapshot if the
    /// options say so, and fails nevertheless.
    async fn wait(
        &self,
        snapshot: &RollbackSnapshot,
        options: &UpOptions,
        deadline: Instant,
        progress: &dyn Progress,
    ) -> Result<()> {
        let (client, namespace) = (&self.client, self.namespace.as_str());
        let Err(failure) = wait::until_complete(client, namespace, deadline, progress).await else {
            return Ok(());
        };
        if !options.rollback {
            return Err(failure);
        }
        if snapshot.is_empty() {
            progress.report(ProgressEvent::Warning("there is no rollback: nothing ran before"));
            return Err(failure);
        }
        progress.report(ProgressEvent::Warning(&failure.message));
        progress.report(ProgressEvent::Note("Rolling back to what ran before"));
        snapshot.restore(client, namespace).await?;
        let deadline = Instant::now() + UP_TIMEOUT;
        wait::until_complete(client, namespace, deadline, progress).await?;
        Err(failure.context("rolled back to what ran before"))
    }
}

/// Returns the settings that the namespace stores, if it exists and is ours. Waits until a
/// namespace that is being deleted is gone.
async fn stored_settings(
    client: &Client,
    namespace: &str,
    options: &UpOptions,
    progress: &dyn Progress,
) -> Result<Option<String>> {
    match apply::owner(client, namespace).await? {
        apply::NamespaceOwner::Foreign => Err(apply::foreign_namespace(namespace)),
        apply::NamespaceOwner::Ours(stored) => Ok(stored),
        apply::NamespaceOwner::Absent => Ok(None),
        apply::NamespaceOwner::Terminating => {
            let step = progress.start("Waiting until the former namespace is gone");
            let timeout = options.timeout.unwrap_or(UP_TIMEOUT);
            stop::wait_until_gone(client, namespace, timeout).await?;
            step.done("The former namespace is gone");
            Ok(None)
        }
    }
}

impl KubernetesProvider {
    /// Carries out a rollout and waits until the cluster is ready.
    ///
    /// # Errors
    /// The Kubernetes cluster refuses an object, or the cluster is not ready in time.
    pub async fn roll_out(
        &self,
        rollout: Rollout,
        cluster: &mut LockedRecord,
        options: &UpOptions,
        overrides: &RolloutOverrides,
        progress: &dyn Progress,
    ) -> Result<UpReport> {
        let Rollout { client, namespace, settings, .. } = &rollout;
        let deadline = Instant::now() + options.timeout.unwrap_or(UP_TIMEOUT);
        let snapshot = if options.rollback {
            RollbackSnapshot::take(client, &rollout.plan.0).await?
        } else {
            RollbackSnapshot::empty()
        };
        let secrets = rollout.apply(options, progress).await?;
        store_secrets(&cluster.dir, &secrets)?;
        rollout.wait(&snapshot, options, deadline, progress).await?;

        cluster.state.url = address::find(client, namespace, settings, overrides, progress).await?;
        cluster.state.access = settings.access.unwrap_or_default();
        cluster.save()?;
        let context = cluster.state.kubernetes.as_ref().map(|stored| stored.context.clone());
        Ok(UpReport {
            already_running: rollout.already_running,
            url: cluster.state.url.clone(),
            pid: None,
            data_dir: None,
            context: context.as_ref().map(|context| context.name.clone()),
            kubeconfig: context.and_then(|context| context.kubeconfig),
            admin_password: self.admin_password(cluster, settings).await?,
        })
    }

    /// Returns the password of the account `admin` until it was shown.
    async fn admin_password(
        &self,
        cluster: &ClusterRecord,
        settings: &KubernetesSettings,
    ) -> Result<Option<String>> {
        let path = cluster.dir.admin_password();
        let Some(password) = secret::read(&path).map_err(|e| io_failure("read", &path, &e))? else {
            return Ok(None);
        };
        if settings.external_database_port.is_some() {
            // An external database may have had accounts before. Then the server did not create
            // the account `admin`, and this password is not the right one.
            let Endpoint { url, .. } = self.endpoint(cluster, EndpointTarget::Cluster).await?;
            let login = Login { name: "admin".into(), password: password.clone() };
            if ServerClient::new(url, None)?.log_in(&login).await.is_err() {
                cluster.dir.forget_password()?;
                return Ok(None);
            }
        }
        Ok(Some(password))
    }
}

/// Stores the token, and a password that was just generated, in the folder of the cluster.
fn store_secrets(dir: &StateDir, secrets: &ClusterSecrets) -> Result<()> {
    let write = |path: PathBuf, text: &str| {
        secret::write(&path, &format!("{text}\n")).map_err(|e| io_failure("write", &path, &e))
    };
    write(dir.token(), secrets.get(secrets::ADMIN_TOKEN)?)?;
    if secrets.is_new {
        write(dir.admin_password(), secrets.get(secrets::ADMIN_PASSWORD)?)?;
    }
    Ok(())
}
