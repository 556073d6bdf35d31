//! Clusters on a Kubernetes cluster of their own, made by kind in Docker's
//! containers on this machine.

mod images;
pub mod tools;

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use async_trait::async_trait;

use super::kubernetes::Kubernetes;
use super::kubernetes::manifests::NODE_PORT;
use super::port;
use super::settings::{Service, Settings};
use super::state::{Context, DEFAULT_PORT, Made, OnKubernetes, State, StateDir};
use crate::cluster::kubernetes::manifests::Plan;
use crate::cluster::options::ProviderName;
use crate::cluster::provider::{
    Endpoint, Holdings, LogsWanted, Look, Provider, Stop, Target, Up, Wanted,
};
use crate::error::{ExitStatus, Failure, Result};
use crate::global::Global;
use crate::hint::command;
use crate::printer::Printer;
use crate::progress::Step;

pub use tools::{docker_answers, kind_is_there};

/// Workers of a cluster if nothing else is said.
const WORKERS: u8 = 2;
/// How long another command may hold the cluster.
const LOCK_TIMEOUT: Duration = Duration::from_secs(600);
/// How long nodes may take from their start until they answer.
const START_TIMEOUT: Duration = Duration::from_secs(120);

/// A cluster on kind.
pub struct Kind {
    dir: StateDir,
    inner: Kubernetes,
    is_told_a_context: bool,
}

impl Kind {
    /// The cluster of that folder.
    pub fn new(dir: StateDir, global: &Global) -> Self {
        let inner = Kubernetes::on_kind(dir.clone());
        let is_told_a_context = global.context.is_some() || global.kubeconfig.is_some();
        Self { dir, inner, is_told_a_context }
    }

    fn name(&self) -> &str {
        self.dir.name()
    }

    fn kubeconfig(&self) -> PathBuf {
        self.dir.kubeconfig()
    }

    /// On kind the gateway is reached by a port of the nodes, which kind maps.
    fn wanted(wanted: &Wanted) -> Wanted {
        let service = Some(Service::NodePort);
        let kubernetes = Settings { service, ..wanted.kubernetes.clone() };
        Wanted { kubernetes, listen: None, ..wanted.clone() }
    }

    fn made(state: &State) -> Option<&Made> {
        state.kubernetes.as_ref()?.kind.as_ref()
    }

    /// Makes the kind cluster unless it is there, and starts its nodes.
    async fn ensure(&self, wanted: &Wanted, printer: &Printer) -> Result<()> {
        let _lock = self.dir.lock(LOCK_TIMEOUT).await?;
        let state = self.dir.load()?.unwrap_or_else(|| State::new(ProviderName::Kind));
        let exists = tools::clusters().await?.iter().any(|name| name == self.name());
        match (exists, Self::made(&state)) {
            (true, None) => Err(Failure::new(
                ExitStatus::Conflict,
                format!("a kind cluster `{}` exists that was not made by `ginflix`", self.name()),
            )
            .hint(format!(
                "use it as it is: ginflix --context kind-{0} cluster up; or choose another \
                 name with --cluster",
                self.name()
            ))),
            (true, Some(made)) if !made.is_half_made => {
                Self::say_what_differs(made, wanted, self.name(), printer);
                self.start_nodes(printer).await
            }
            (true, Some(_)) => {
                let step = Step::start(printer, "Removing a kind cluster that is half made");
                tools::delete(self.name(), &self.kubeconfig()).await?;
                step.done("Removed a kind cluster that was half made");
                self.create(state, wanted, printer).await
            }
            (false, known) => {
                if known.is_some_and(|made| !made.is_half_made) {
                    printer.warn("its kind cluster is gone, with all its data; it is made anew");
                }
                self.create(state, wanted, printer).await
            }
        }
    }

    fn say_what_differs(made: &Made, wanted: &Wanted, name: &str, printer: &Printer) {
        let differs = wanted.listen.is_some_and(|listen| listen != made.listen)
            || wanted.port.is_some_and(|port| port != 0 && port != made.port)
            || wanted.workers.is_some()
            || wanted.node_image.is_some();
        if differs {
            printer.warn(&format!(
                "nodes and port of a kind cluster stay as they were made; for others: {} first",
                command(name, "cluster down --delete-data")
            ));
        }
    }

    async fn create(&self, mut state: State, wanted: &Wanted, printer: &Printer) -> Result<()> {
        let before = Self::made(&state).cloned();
        let listen = wanted
            .listen
            .or(before.as_ref().map(|made| made.listen))
            .unwrap_or(Ipv4Addr::LOCALHOST.into());
        let port = match wanted.port.or(before.map(|made| made.port)).unwrap_or(DEFAULT_PORT) {
            0 => port::any(listen)?,
            port => {
                port::check(listen, port, self.name())?;
                port
            }
        };
        let workers = wanted.workers.unwrap_or(WORKERS);
        let mut made = Made { is_half_made: true, listen, port, loaded: Default::default() };
        let mut on = OnKubernetes {
            context: Context {
                name: format!("kind-{}", self.name()),
                kubeconfig: Some(self.kubeconfig()),
                server: String::new(),
            },
            kind: Some(made.clone()),
        };
        (state.listen, state.port, state.url) = (listen, port, None);
        state.kubernetes = Some(on.clone());
        // Known from now on, even if this command is killed while kind works.
        self.dir.save(&state)?;

        let started = Instant::now();
        let step = Step::start(printer, "Making a kind cluster");
        let config = config(listen, port, workers);
        let image = wanted.node_image.as_deref();
        // What kind leaves where it fails is removed by the next `up`.
        tools::create(self.name(), &config, image, &self.kubeconfig(), &step).await?;
        on.context = super::kubernetes::find_context(&self.kubeconfig(), &on.context.name).await?;
        made.is_half_made = false;
        on.kind = Some(made);
        state.kubernetes = Some(on);
        self.dir.save(&state)?;
        let nodes =
            if workers == 0 { "one node".to_owned() } else { format!("{} nodes", workers + 1) };
        step.done(&format!("Made a kind cluster of {nodes} ({} s)", started.elapsed().as_secs()));
        Ok(())
    }

    /// Nodes may have been stopped, or the machine restarted.
    async fn start_nodes(&self, printer: &Printer) -> Result<()> {
        let stopped: Vec<String> = tools::nodes(self.name())
            .await?
            .into_iter()
            .filter(|node| !node.is_running)
            .map(|node| node.name)
            .collect();
        if stopped.is_empty() {
            return Ok(());
        }
        let step = Step::start(printer, &format!("Starting {}", stopped.join(", ")));
        tools::start(&stopped).await?;
        let deadline = Instant::now() + START_TIMEOUT;
        while let Err(failure) = self.inner.look().await {
            if Instant::now() >= deadline {
                return Err(failure.context("the kind cluster's nodes were started"));
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        step.done(&format!("Started {}", stopped.join(", ")));
        Ok(())
    }

    /// Brings the images that the pods need onto the nodes, as far as Docker has them.
    async fn load_images(&self, wanted: &Wanted, printer: &Printer) -> Result<()> {
        let plan = self.inner.planned(wanted, printer).await?;
        let mut state = self.dir.load()?.ok_or_else(|| self.dir.not_found())?;
        let Some(made) = state.kubernetes.as_mut().and_then(|on| on.kind.as_mut()) else {
            return Ok(());
        };
        let needed = plan.images();
        let result = images::bring(self.name(), &needed, &mut made.loaded, printer).await;
        self.dir.save(&state)?;
        result
    }
}

#[async_trait]
impl Provider for Kind {
    async fn up(&self, wanted: &Wanted, printer: &Printer) -> Result<Up> {
        if self.is_told_a_context {
            return Err(Failure::new(
                ExitStatus::Usage,
                "a cluster on kind has its own Kubernetes context",
            )
            .hint("leave out --context and --kubeconfig, or take --provider kubernetes"));
        }
        tools::require().await?;
        self.dir.create()?;
        self.ensure(wanted, printer).await?;
        let wanted = Self::wanted(wanted);
        self.load_images(&wanted, printer).await?;
        self.inner.up(&wanted, printer).await
    }

    async fn plan(&self, wanted: &Wanted, printer: &Printer) -> Result<Option<Plan>> {
        self.inner.plan(&Self::wanted(wanted), printer).await
    }

    fn password_shown(&self) -> Result<()> {
        self.inner.password_shown()
    }

    async fn down(&self, stop: &Stop, printer: &Printer) -> Result<bool> {
        let Some(state) = self.dir.load()? else { return Ok(false) };
        let is_whole = Self::made(&state).is_some_and(|made| !made.is_half_made);
        let exists = is_whole && tools::clusters().await?.iter().any(|name| name == self.name());
        if !exists {
            return Ok(false);
        }
        match self.inner.down(stop, printer).await {
            Err(failure) if stop.force && failure.status == ExitStatus::Failed => {
                printer.warn(&failure.message);
                Ok(false)
            }
            other => other,
        }
    }

    async fn delete_data(&self) -> Result<()> {
        if self.dir.load()?.is_none() {
            return Ok(());
        }
        let _lock = self.dir.lock(LOCK_TIMEOUT).await?;
        if tools::clusters().await?.iter().any(|name| name == self.name()) {
            tools::delete(self.name(), &self.kubeconfig()).await?;
        }
        self.dir.delete()
    }

    async fn holdings(&self) -> Result<Holdings> {
        self.inner.holdings().await
    }

    async fn look(&self) -> Result<Look> {
        self.inner.look().await
    }

    async fn endpoint(&self, of: Target) -> Result<Endpoint> {
        self.inner.endpoint(of).await
    }

    async fn logs(&self, wanted: &LogsWanted, printer: &Printer) -> Result<()> {
        self.inner.logs(wanted, printer).await
    }
}

/// kind's configuration: the gateway's port of the first node is this machine's.
fn config(listen: IpAddr, port: u16, workers: u8) -> String {
    let mut text = format!(
        "kind: Cluster\n\
         apiVersion: kind.x-k8s.io/v1alpha4\n\
         nodes:\n\
         - role: control-plane\n\
         \x20 extraPortMappings:\n\
         \x20 - containerPort: {NODE_PORT}\n\
         \x20   hostPort: {port}\n\
         \x20   listenAddress: \"{listen}\"\n\
         \x20   protocol: TCP\n"
    );
    for _ in 0..workers {
        text.push_str("- role: worker\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_of_the_nodes_is_mapped() {
        let text = config(Ipv4Addr::LOCALHOST.into(), 4463, 2);
        let value: serde_json::Value = serde_saphyr::from_str(&text).unwrap();
        let mapping = &value["nodes"][0]["extraPortMappings"][0];
        assert_eq!(mapping["hostPort"], 4463);
        assert_eq!(mapping["containerPort"], NODE_PORT);
        assert_eq!(mapping["listenAddress"], "127.0.0.1");
        let roles: Vec<&str> = value["nodes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|n| n["role"].as_str().unwrap())
            .collect();
        assert_eq!(roles, ["control-plane", "worker", "worker"]);
    }

    #[test]
    fn this_machine_reaches_what_listens_everywhere() {
        let made = |listen: &str| Made {
            is_half_made: false,
            listen: listen.parse().unwrap(),
            port: 80,
            loaded: Default::default(),
        };
        assert_eq!(made("0.0.0.0").url(), "http://127.0.0.1:80/");
        assert_eq!(made("10.0.0.1").url(), "http://10.0.0.1:80/");
    }
}
