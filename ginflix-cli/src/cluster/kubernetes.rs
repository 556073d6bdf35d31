//! Clusters on Kubernetes: the manifests of `k8s/`, applied and waited for.

mod access;
mod apply;
mod files;
mod forward;
mod kinds;
mod logs;
pub mod manifests;
#[cfg(test)]
mod mock;
mod observe;
pub mod parts;
pub mod problem;
mod rollback;
mod secrets;
mod stop;
pub mod survey;
mod wait;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use ginflix_api::account::Login;
use ginflix_api::client::Client as ServerClient;
use kube::Client;
use kube::api::DynamicObject;
use serde::{Deserialize, Serialize};
use url::Url;

use super::secret;
use super::settings::{PartName, Service, Settings};
use super::state::{State, StateDir, io_failure};
use super::{
    Condition, Endpoint, Holdings, LogsWanted, Look, Plan, Provider, Stop, Target, Up, Wanted,
    command, not_found,
};
use crate::args::{Global, ProviderName};
use crate::error::{ExitStatus, Failure, Result};
use crate::printer::Printer;
use crate::progress::Step;
use crate::prompt;

pub use access::Context;
pub use manifests::{NODE_PORT, is_server};

/// How long `up` waits if nothing else is said.
const UP_TIMEOUT: Duration = Duration::from_secs(600);
/// How long `down` waits if nothing else is said.
const DOWN_TIMEOUT: Duration = Duration::from_secs(180);
/// How long the deletion of a namespace may take.
const DELETE_TIMEOUT: Duration = Duration::from_secs(180);
/// How long a load balancer may take to give an address.
const ADDRESS_TIMEOUT: Duration = Duration::from_secs(20);
/// Where a gateway's container listens.
const GATEWAY_PORT: u16 = 8080;
/// Where a server's container listens.
const SERVER_PORT: u16 = 4463;
/// What stands for the cluster's own database.
const OWN_DATABASE: [&str; 2] = ["own", "file"];

/// What is remembered of a cluster on Kubernetes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnKubernetes {
    /// The context that the user agreed to change.
    pub context: Context,
    /// The kind cluster, where it was made for this one.
    #[serde(default)]
    pub kind: Option<super::kind::Made>,
}

/// A cluster in a namespace of a Kubernetes cluster.
pub struct Kubernetes {
    dir: StateDir,
    provider: ProviderName,
    /// What the command line names.
    context: Option<String>,
    kubeconfig: Option<PathBuf>,
    yes: bool,
}

impl Kubernetes {
    /// The cluster of that folder, on the context that is remembered or named.
    pub fn new(dir: StateDir, global: &Global) -> Self {
        Self {
            dir,
            provider: ProviderName::Kubernetes,
            context: global.context.clone(),
            kubeconfig: global.kubeconfig.clone(),
            yes: global.yes,
        }
    }

    /// The same, on a kind cluster that was made for it.
    pub(super) fn on_kind(dir: StateDir) -> Self {
        Self { dir, provider: ProviderName::Kind, context: None, kubeconfig: None, yes: true }
    }

    fn name(&self) -> &str {
        self.dir.name()
    }

    fn state(&self) -> Result<State> {
        self.dir.load()?.ok_or_else(|| not_found(&self.dir))
    }

    /// A client of the context that is remembered.
    async fn client(&self) -> Result<Client> {
        let known = self.state()?.kubernetes.ok_or_else(|| not_found(&self.dir))?;
        self.refuse_other_context(&known.context)?;
        access::connect(&known.context).await
    }

    fn refuse_other_context(&self, known: &Context) -> Result<()> {
        match &self.context {
            Some(named) if *named != known.name => Err(Failure::new(
                ExitStatus::Conflict,
                format!("the cluster `{}` is on the context `{}`", self.name(), known.name),
            )
            .hint("leave out --context; for a second cluster choose another name with --cluster")),
            _ => Ok(()),
        }
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

    /// Settings as they were, changed by what is wanted now.
    fn settings(stored: Option<&str>, wanted: &Wanted) -> Result<Settings> {
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

    /// The objects that these settings stand for.
    fn render(&self, settings: &Settings) -> Result<Vec<DynamicObject>> {
        let mut files = files::base()?;
        if settings.host.is_some() {
            files.extend(files::https()?);
        }
        let mut objects = manifests::render(&files, self.name(), settings)?;
        let text = serde_json::to_string(settings).map_err(|e| Failure::failed(e.to_string()))?;
        for object in &mut objects {
            if object.metadata.namespace.is_none() {
                let annotations = object.metadata.annotations.get_or_insert_default();
                annotations.insert(apply::SETTINGS.to_owned(), text.clone());
            }
        }
        Ok(objects)
    }

    /// What `up` would apply now.
    pub(super) async fn plan(&self, wanted: &Wanted, printer: &Printer) -> Result<Plan> {
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
        let mut objects = self.render(&Self::settings(stored.as_deref(), wanted)?)?;
        manifests::keep_autoscaled(&mut objects, &running);
        Ok(Plan(objects))
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
        let url = wanted.database_url.as_deref().filter(|url| !OWN_DATABASE.contains(url));
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

    /// Where the cluster is reached from this machine, if it is.
    async fn find_address(
        &self,
        client: &Client,
        state: &State,
        settings: &Settings,
        printer: &Printer,
    ) -> Result<Option<Url>> {
        let deadline = Instant::now() + ADDRESS_TIMEOUT;
        let step = Step::start(printer, "Waiting for an address");
        loop {
            let candidate = match (&state.kubernetes, &settings.host) {
                (Some(OnKubernetes { kind: Some(made), .. }), _) => Some(made.url()),
                (_, Some(host)) => Some(format!("https://{host}/")),
                _ => {
                    let observed = observe::observe(client, self.name()).await?;
                    parts::gateway_address(&observed)
                }
            };
            let url = candidate.as_deref().and_then(|text| Url::parse(text).ok());
            if let Some(url) = &url
                && let Ok(server) = ServerClient::new(url.clone(), None)
                && matches!(
                    tokio::time::timeout(Duration::from_secs(3), server.is_ready()).await,
                    Ok(Ok(true))
                )
            {
                step.done(&format!("It answers at {url}"));
                return Ok(Some(url.clone()));
            }
            let never = settings.service == Some(Service::ClusterIp) && settings.host.is_none();
            if never || Instant::now() >= deadline {
                step.done("Commands reach it through a port-forward");
                match candidate {
                    Some(address) => {
                        printer.warn(&format!("{address} does not answer from this machine (yet)"))
                    }
                    None if never => {}
                    None => printer.warn(
                        "the cluster has given the gateway no address (yet): is there a load \
                         balancer? else: ginflix cluster up --service node-port",
                    ),
                }
                return Ok(None);
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
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
}

/// What a context of that file stands for.
///
/// # Errors
/// Where there is no such context.
pub async fn find_context(kubeconfig: &Path, name: &str) -> Result<Context> {
    Ok(access::find(Some(kubeconfig), Some(name)).await?.0)
}

/// The server's image that the manifests name.
///
/// # Errors
/// Where the manifests are broken, which is a fault of this program.
pub fn default_image() -> Result<String> {
    let objects = manifests::render(&files::base()?, "ginflix", &Settings::default())?;
    Plan(objects)
        .images()
        .into_iter()
        .find(|image| is_server(image))
        .ok_or_else(|| Failure::failed("the manifests of this program name no server"))
}

/// How many pods each deployment runs.
fn autoscaled(observed: &observe::Observed) -> Vec<(String, u32)> {
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

#[async_trait]
impl Provider for Kubernetes {
    async fn up(&self, wanted: &Wanted, printer: &Printer) -> Result<Up> {
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
        let settings = Self::settings(stored.as_deref(), wanted)?;
        let mut objects = self.render(&settings)?;
        let observed = observe::observe(&client, self.name()).await?;
        manifests::keep_autoscaled(&mut objects, &autoscaled(&observed));
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

    fn password_shown(&self) -> Result<()> {
        super::forget_password(&self.dir)
    }

    async fn down(&self, stop: &Stop, printer: &Printer) -> Result<bool> {
        let Some(mut state) = self.dir.load()? else { return Ok(false) };
        let timeout = stop.timeout.unwrap_or(DOWN_TIMEOUT);
        let _lock = self.dir.lock(timeout).await?;
        let client = self.client().await?;
        let ran = match apply::home(&client, self.name()).await? {
            apply::Home::Foreign => return Err(apply::foreign(self.name())),
            apply::Home::Absent | apply::Home::Leaving => false,
            apply::Home::Ours(_) => {
                stop::to_zero(&client, self.name(), stop, timeout, printer).await?
            }
        };
        state.url = None;
        self.dir.save(&state)?;
        Ok(ran)
    }

    async fn delete_data(&self) -> Result<()> {
        if self.dir.load()?.is_none() {
            return Ok(());
        }
        let _lock = self.dir.lock(Duration::from_secs(5)).await?;
        let client = self.client().await?;
        match apply::home(&client, self.name()).await? {
            apply::Home::Foreign => return Err(apply::foreign(self.name())),
            apply::Home::Absent => {}
            apply::Home::Ours(_) | apply::Home::Leaving => {
                stop::delete_namespace(&client, self.name(), DELETE_TIMEOUT).await?;
            }
        }
        self.dir.delete()
    }

    async fn holdings(&self) -> Result<Holdings> {
        // Stopped pods tell nothing of their volumes.
        let status = async {
            let Endpoint { url, token } = self.endpoint(Target::Cluster).await?;
            Ok::<_, Failure>(ServerClient::new(url, Some(&token))?.status().await?)
        };
        let status = status.await.ok();
        Ok(Holdings {
            media: status.as_ref().map(|status| status.media),
            bytes: status.as_ref().map(|status| status.media_bytes),
        })
    }

    async fn look(&self) -> Result<Look> {
        let client = self.client().await?;
        let observed = observe::observe(&client, self.name()).await?;
        let mut parts = parts::parts(&observed);
        for problem in parts.iter_mut().filter_map(|part| part.problem.as_mut()) {
            if let (Some(pod), true) = (&problem.pod, problem.kind.is_told_by_log()) {
                problem.log = logs::last_lines(&client, self.name(), pod).await;
            }
        }
        Ok(Look {
            dns_ready: observe::dns_is_ready(&client).await,
            condition: condition(&parts),
            parts,
            nodes: parts::nodes(&observed),
            volumes: parts::volumes(&observed),
        })
    }

    async fn endpoint(&self, of: Target) -> Result<Endpoint> {
        let state = self.state()?;
        let path = self.dir.token();
        let token =
            secret::read(&path).map_err(|e| io_failure("read", &path, &e))?.unwrap_or_default();
        let (to, port) = match of {
            Target::Cluster => {
                if let Some(url) = state.url {
                    return Ok(Endpoint { url, token });
                }
                (forward::Destination::Part(PartName::Gateway), GATEWAY_PORT)
            }
            Target::Pod(name) => (forward::Destination::Pod(name), SERVER_PORT),
        };
        let client = self.client().await?;
        let port = forward::open(&client, self.name(), to, port).await.map_err(|failure| {
            let start = command(self.name(), "cluster up");
            match failure.status {
                ExitStatus::Failed => failure.hint(format!("start it: {start}")),
                _ => failure,
            }
        })?;
        let url = Url::parse(&format!("http://127.0.0.1:{port}/"))
            .map_err(|e| Failure::failed(e.to_string()))?;
        Ok(Endpoint { url, token })
    }

    async fn logs(&self, wanted: &LogsWanted, printer: &Printer) -> Result<()> {
        let client = self.client().await?;
        logs::print(&client, self.name(), wanted, printer).await
    }
}

/// Whether the whole may serve viewers.
fn condition(parts: &[parts::Part]) -> Condition {
    if parts.iter().all(|part| part.wanted == 0) {
        return Condition::Stopped(None);
    }
    let dead = parts.iter().find(|part| part.wanted > 0 && part.ready == 0);
    match dead {
        None => Condition::Running,
        Some(part) => {
            let why = part.problem.as_ref().map_or(String::new(), |p| format!(": {}", p.text));
            Condition::Broken(format!("no pod of the {} is ready{why}", part.name))
        }
    }
}
