//! The provider `kind`: a cluster runs on a Kubernetes cluster of its own, which kind creates in
//! Docker containers on this machine. This provider manages the nodes and the images on them; the
//! `kubernetes` provider does the rest, on the context of these nodes.

mod images;
mod nodes;
pub mod tools;

use async_trait::async_trait;

use super::kubernetes::manifests::ManifestPlan;
use super::kubernetes::{KubernetesProvider, Rollout, RolloutOverrides, access, context, plan};
use super::progress::{Progress, ProgressEvent};
use super::provider::{
    ClusterStatus, DataSummary, DownOptions, Endpoint, EndpointTarget, LogOptions, LogSink,
    Provider, UpOptions, UpReport,
};
use super::settings::{KubernetesSettings, ServiceType};
use super::state::{ClusterRecord, KindCluster, LockedRecord, StoredState};
use crate::error::{ExitStatus, Failure, Result};
use crate::global::Global;

pub use tools::{is_docker_running, is_kind_installed};

/// Runs clusters on nodes that kind creates.
pub struct KindProvider {
    inner: KubernetesProvider,
    /// Whether the user named a context or a kubeconfig, which `up` refuses.
    has_context: bool,
}

impl KindProvider {
    /// Returns the provider for a command line.
    pub fn new(global: &Global) -> Self {
        Self {
            inner: KubernetesProvider::of_stored_context(),
            has_context: global.context.is_some() || global.kubeconfig.is_some(),
        }
    }

    /// Returns the options for the `kubernetes` provider: the gateway is reached through a port of
    /// the nodes, which kind maps to the address and port of this machine.
    fn kubernetes_options(options: &UpOptions) -> UpOptions {
        let service = Some(ServiceType::NodePort);
        let kubernetes = KubernetesSettings { service, ..options.kubernetes.clone() };
        UpOptions { kubernetes, listen: None, ..options.clone() }
    }
}

fn kind_cluster(state: &StoredState) -> Option<&KindCluster> {
    state.kubernetes.as_ref()?.kind.as_ref()
}

/// Loads the images that the pods need onto the nodes, and stores which ones were loaded.
async fn load_images(
    cluster: &mut LockedRecord,
    needed: &[String],
    progress: &dyn Progress,
) -> Result<()> {
    let name = cluster.name().to_owned();
    let kubernetes = cluster.state.kubernetes.as_mut();
    let Some(kind) = kubernetes.and_then(|stored| stored.kind.as_mut()) else { return Ok(()) };
    let result = images::load(&name, needed, &mut kind.loaded, progress).await;
    // Also after a failure: some images may have been loaded before it.
    cluster.save()?;
    result
}

#[async_trait]
impl Provider for KindProvider {
    async fn up(
        &self,
        cluster: &mut LockedRecord,
        options: &UpOptions,
        progress: &dyn Progress,
    ) -> Result<UpReport> {
        if self.has_context {
            return Err(Failure::new(
                ExitStatus::Usage,
                "a cluster on kind has its own Kubernetes context",
            )
            .hint("leave out --context and --kubeconfig, or use --provider kubernetes"));
        }
        tools::ensure_installed().await?;
        nodes::ensure_running(&self.inner, cluster, options, progress).await?;

        let options = Self::kubernetes_options(options);
        let client = self.inner.client(cluster).await?;
        let rollout = Rollout::plan(client, cluster.name(), &options, progress).await?;
        load_images(cluster, &rollout.plan.images(), progress).await?;
        if let Some(stored) = &cluster.state.kubernetes {
            context::report(&stored.context, cluster.name(), progress);
        }
        let overrides =
            RolloutOverrides { gateway_url: kind_cluster(&cluster.state).map(KindCluster::url) };
        self.inner.roll_out(rollout, cluster, &options, &overrides, progress).await
    }

    async fn plan(
        &self,
        cluster: &ClusterRecord,
        options: &UpOptions,
        progress: &dyn Progress,
    ) -> Result<Option<ManifestPlan>> {
        let client = match &cluster.state.kubernetes {
            Some(stored) => access::connect(&stored.context).await.map(Some),
            None => Ok(None),
        };
        let options = Self::kubernetes_options(options);
        plan::dry_run(client, cluster.name(), &options, progress).await.map(Some)
    }

    async fn down(
        &self,
        cluster: &mut LockedRecord,
        options: &DownOptions,
        progress: &dyn Progress,
    ) -> Result<bool> {
        let is_complete = kind_cluster(&cluster.state).is_some_and(|kind| !kind.is_incomplete);
        if !is_complete || !nodes::exist(cluster.name()).await? {
            return Ok(false);
        }
        match self.inner.down(cluster, options, progress).await {
            // Nodes that do not respond must not keep `--force --delete-data` from deleting them.
            Err(failure) if options.force && failure.status == ExitStatus::Failed => {
                progress.report(ProgressEvent::Warning(&failure.message));
                Ok(false)
            }
            other => other,
        }
    }

    async fn delete_data(&self, cluster: LockedRecord) -> Result<()> {
        if nodes::exist(cluster.name()).await? {
            tools::delete(cluster.name(), &cluster.dir.kubeconfig()).await?;
        }
        cluster.dir.delete()
    }

    async fn data_summary(&self, cluster: &ClusterRecord) -> Result<DataSummary> {
        self.inner.data_summary(cluster).await
    }

    async fn status(&self, cluster: &ClusterRecord) -> Result<ClusterStatus> {
        self.inner.status(cluster).await
    }

    async fn endpoint(&self, cluster: &ClusterRecord, target: EndpointTarget) -> Result<Endpoint> {
        self.inner.endpoint(cluster, target).await
    }

    async fn logs(
        &self,
        cluster: &ClusterRecord,
        options: &LogOptions,
        sink: &mut dyn LogSink,
    ) -> Result<()> {
        self.inner.logs(cluster, options, sink).await
    }
}
