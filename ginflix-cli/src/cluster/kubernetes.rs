//! Clusters on Kubernetes: the manifests of `k8s/`, applied and waited for.
//!
//! # Layout
//! - `up`: how one is brought up; `plan` and `manifests`: what it is to be, from
//!   `files`; `apply`, `secrets`, `rollback`, `wait`: the steps; `address`: where it is
//!   reached then
//! - `observe`, `objects`, `nodes` and `parts`: what runs; `problem`: what is wrong with it; `logs`
//! - `stop`: how it ends; `survey`: what the cluster itself offers
//! - `access`: whose cluster; `forward`: ways into pods

mod access;
mod address;
mod apply;
mod files;
mod forward;
mod kinds;
mod logs;
pub mod manifests;
#[cfg(test)]
mod mock;
pub mod nodes;
mod objects;
mod observe;
pub mod parts;
mod plan;
pub mod problem;
mod rollback;
mod secrets;
mod stop;
pub mod survey;
mod up;
mod wait;

use std::path::{Path, PathBuf};
use std::time::Duration;

use async_trait::async_trait;
use ginflix_api::client::Client as ServerClient;
use kube::Client;
use url::Url;

use super::secret;
use super::settings::{PartName, Settings};
use super::state::{Context, State, StateDir, io_failure};
use crate::cluster::kubernetes::manifests::Plan;
use crate::cluster::options::ProviderName;
use crate::cluster::provider::{
    Condition, Endpoint, Holdings, LogsWanted, Look, Provider, Stop, Target, Up, Wanted,
};
use crate::error::{ExitStatus, Failure, Result};
use crate::global::Global;
use crate::hint::command;
use crate::printer::Printer;

pub use manifests::{NODE_PORT, is_server};

/// How long `down` waits if nothing else is said.
const DOWN_TIMEOUT: Duration = Duration::from_secs(180);
/// How long the deletion of a namespace may take.
const DELETE_TIMEOUT: Duration = Duration::from_secs(180);
/// Where a gateway's container listens.
const GATEWAY_PORT: u16 = 8080;
/// Where a server's container listens.
const SERVER_PORT: u16 = 4463;

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
        self.dir.load()?.ok_or_else(|| self.dir.not_found())
    }

    /// A client of the context that is remembered.
    async fn client(&self) -> Result<Client> {
        let known = self.state()?.kubernetes.ok_or_else(|| self.dir.not_found())?;
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

#[async_trait]
impl Provider for Kubernetes {
    async fn up(&self, wanted: &Wanted, printer: &Printer) -> Result<Up> {
        self.bring_up(wanted, printer).await
    }

    async fn plan(&self, wanted: &Wanted, printer: &Printer) -> Result<Option<Plan>> {
        self.planned(wanted, printer).await.map(Some)
    }

    fn password_shown(&self) -> Result<()> {
        self.dir.forget_password()
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
            nodes: nodes::nodes(&observed),
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
