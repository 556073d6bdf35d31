//! How a cluster is brought up: agreed to, applied, waited for, and taken back where
//! that fails.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use ginflix_api::account::Login;
use ginflix_api::client::Client as ServerClient;
use kube::Client;
use kube::api::DynamicObject;

use super::{
    Kubernetes, access, apply, manifests, observe, parts, plan, rollback, secrets, stop, wait,
};
use crate::cluster::options::ProviderName;
use crate::cluster::provider::{Endpoint, Provider, Target, Up, Wanted};
use crate::cluster::secret;
use crate::cluster::settings::Settings;
use crate::cluster::state::OnKubernetes;
use crate::cluster::state::{State, io_failure};
use crate::error::{ExitStatus, Failure, Result};
use crate::printer::Printer;
use crate::progress::Step;
use crate::prompt;

/// How long `up` waits if nothing else is said.
const UP_TIMEOUT: Duration = Duration::from_secs(600);

impl Kubernetes {
    /// Changes it to what is wanted, and waits until it is that.
    ///
    /// # Errors
    /// Where the user does not agree, the cluster does not take it, or it is not
    /// complete in time.
    pub(super) async fn bring_up(&self, wanted: &Wanted, printer: &Printer) -> Result<Up> {
        if wanted.listen.is_some() && self.provider == ProviderName::Kubernetes {
            return Err(Failure::new(
                ExitStatus::Usage,
                "--listen is for clusters on this machine",
            )
            .hint("on Kubernetes: --service load-balancer|node-port|cluster-ip"));
        }
        let timeout = wanted.timeout.unwrap_or(UP_TIMEOUT);
        self.dir.create()?;
        let _lock = self.dir.lock(timeout).await?;
        let (mut state, client) = self.agree(printer).await?;
        let deadline = Instant::now() + timeout;

        let mut home = apply::home(&client, self.name()).await?;
        if home == apply::Home::Leaving {
            let step = Step::start(printer, "Waiting until the former namespace is gone");
            stop::until_gone(&client, self.name(), timeout).await?;
            step.done("The former namespace is gone");
            home = apply::Home::Absent;
        }
        let stored = match home {
            apply::Home::Foreign => return Err(apply::foreign(self.name())),
            apply::Home::Ours(stored) => stored,
            apply::Home::Absent | apply::Home::Leaving => None,
        };
        let settings = plan::settings(stored.as_deref(), wanted)?;
        let mut objects = plan::objects(self.name(), &settings)?;
        let observed = observe::observe(&client, self.name()).await?;
        manifests::keep_autoscaled(&mut objects, &plan::autoscaled(&observed));
        let earlier = parts::parts(&observed);
        let already_running =
            !earlier.is_empty() && earlier.iter().all(|part| part.is_complete && part.wanted > 0);

        let before = if wanted.rollback {
            rollback::Before::remember(&client, &objects).await?
        } else {
            rollback::Before::nothing()
        };
        let secrets = self.apply_all(&client, &objects, wanted, &settings, printer).await?;
        self.keep(&secrets)?;
        self.wait(&client, &before, wanted, deadline, printer).await?;

        state.url = self.find_address(&client, &state, &settings, printer).await?;
        state.access = settings.access.unwrap_or_default();
        self.dir.save(&state)?;
        Ok(Up {
            already_running,
            url: state.url.clone(),
            pid: None,
            data_dir: None,
            context: state.kubernetes.as_ref().map(|known| known.context.name.clone()),
            kubeconfig: state.kubernetes.and_then(|known| known.context.kubeconfig),
            admin_password: self.password(&settings).await?,
        })
    }

    /// The context that is remembered; else the one that is named, once the
    /// user has agreed to change it.
    async fn agree(&self, printer: &Printer) -> Result<(State, Client)> {
        let state = self.dir.load()?.unwrap_or_else(|| State::new(self.provider));
        if let Some(known) = &state.kubernetes {
            self.refuse_other_context(&known.context)?;
            let client = access::connect(&known.context).await?;
            printer.note(&format!(
                "Kubernetes context {}, namespace {}",
                known.context.name,
                self.name()
            ));
            return Ok((state, client));
        }
        let (context, config) =
            access::find(self.kubeconfig.as_deref(), self.context.as_deref()).await?;
        printer.note(&format!(
            "Kubernetes context {} ({}), namespace {}",
            context.name,
            context.server,
            self.name()
        ));
        let client = access::client(config)?;
        // Whether it is there at all is known before anybody is asked.
        if apply::home(&client, self.name()).await? == apply::Home::Foreign {
            return Err(apply::foreign(self.name()));
        }
        let question = format!("Change this Kubernetes cluster, in namespace {}?", self.name());
        if !self.yes && !prompt::confirm(&question, "--yes")? {
            return Err(Failure::failed("nothing was changed"));
        }
        let mut state = state;
        state.kubernetes = Some(OnKubernetes { context, kind: None });
        self.dir.save(&state)?;
        Ok((state, client))
    }

    async fn apply_all(
        &self,
        client: &Client,
        objects: &[DynamicObject],
        wanted: &Wanted,
        settings: &Settings,
        printer: &Printer,
    ) -> Result<secrets::Secrets> {
        let step = Step::start(printer, &format!("Applying {} objects", objects.len()));
        let (namespaces, others): (Vec<_>, Vec<_>) =
            objects.iter().partition(|object| object.metadata.namespace.is_none());
        for namespace in namespaces {
            apply::apply(client, namespace).await?;
        }
        let url = wanted.database_url.as_deref().filter(|url| !plan::OWN_DATABASE.contains(url));
        let secrets = secrets::ensure(client, self.name(), url).await?;
        let should_be = match (url, settings.external_database_port) {
            (Some(url), _) => Some(url.to_owned()),
            (None, None) => Some(secrets::own_database(&secrets)?),
            (None, Some(_)) => None,
        };
        let other = match should_be {
            Some(url) if secrets.get(secrets::DATABASE_URL)? != url => Some(url),
            _ => None,
        };
        if let Some(url) = &other {
            secrets::change_database(client, self.name(), url).await?;
        }
        for object in others {
            step.passing(&format!("Applying {}", apply::describe(object)));
            apply::apply(client, object).await?;
        }
        step.done(&format!("Applied {} objects", objects.len()));
        for pruned in apply::prune(client, self.name(), objects).await? {
            printer.done(&format!("Removed {pruned}, which is no longer needed"));
        }
        if other.is_some() {
            apply::restart(client, self.name()).await?;
            printer.warn("the database is another one now: web and streamers start anew, in turn");
        }
        Ok(secrets)
    }

    async fn wait(
        &self,
        client: &Client,
        before: &rollback::Before,
        wanted: &Wanted,
        deadline: Instant,
        printer: &Printer,
    ) -> Result<()> {
        let Err(failure) = wait::until_complete(client, self.name(), deadline, printer).await
        else {
            return Ok(());
        };
        if !wanted.rollback {
            return Err(failure);
        }
        if before.is_empty() {
            printer.warn("there is nothing to go back to: nothing ran before");
            return Err(failure);
        }
        printer.warn(&failure.message);
        printer.note("Going back to what ran before");
        before.restore(client, self.name()).await?;
        let again = Instant::now() + UP_TIMEOUT;
        wait::until_complete(client, self.name(), again, printer).await?;
        Err(failure.context("what ran before runs again"))
    }

    /// Keeps what this machine needs to know of the secrets, for this user's eyes.
    fn keep(&self, secrets: &secrets::Secrets) -> Result<()> {
        let write = |path: PathBuf, text: &str| {
            secret::write(&path, &format!("{text}\n")).map_err(|e| io_failure("write", &path, &e))
        };
        write(self.dir.token(), secrets.get(secrets::ADMIN_TOKEN)?)?;
        if secrets.are_new {
            write(self.dir.admin_password(), secrets.get(secrets::ADMIN_PASSWORD)?)?;
        }
        Ok(())
    }

    /// A database of elsewhere may have had accounts: then the password is not ours.
    async fn password(&self, settings: &Settings) -> Result<Option<String>> {
        let path = self.dir.admin_password();
        let Some(password) = secret::read(&path).map_err(|e| io_failure("read", &path, &e))? else {
            return Ok(None);
        };
        if settings.external_database_port.is_some() {
            let Endpoint { url, .. } = self.endpoint(Target::Cluster).await?;
            let login = Login { name: "admin".into(), password: password.clone() };
            if ServerClient::new(url, None)?.log_in(&login).await.is_err() {
                self.password_shown()?;
                return Ok(None);
            }
        }
        Ok(Some(password))
    }
}
