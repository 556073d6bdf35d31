//! Clusters on a Kubernetes cluster of their own, made by kind in Docker's containers on this
//! machine: this provider owns the nodes and the images on them; the `kubernetes` one does
//! the rest, on the context of these nodes.

mod images;
mod nodes;
pub mod tools;

use async_trait::async_trait;

use super::kubernetes::manifests::Plan;
use super::kubernetes::{Kubernetes, Overrides, Rollout, access, context, plan};
use super::progress::{Event, Progress};
use super::provider::{
    ClusterStatus, DataSummary, DownOptions, Endpoint, LogOptions, LogReader, Provider, Target,
    UpOptions, UpReport,
};
use super::settings::{Service, Settings};
use super::state::{ClusterRecord, KindCluster, LockedRecord, State};
use crate::error::{ExitStatus, Failure, Result};
use crate::global::Global;

pub use tools::{docker_answers, kind_is_there};

/// Clusters on kind.
pub struct Kind {
    inner: Kubernetes,
    is_told_a_context: bool,
}

impl Kind {
    /// The provider of a command line, which must name no context.
    pub fn new(global: &Global) -> Self {
        Self {
            inner: Kubernetes::of_remembered_context(),
            is_told_a_context: global.context.is_some() || global.kubeconfig.is_some(),
        }
    }

    /// On kind the gateway is reached by a port of the nodes, which kind maps.
    fn wanted(wanted: &UpOptions) -> UpOptions {
        let service = Some(Service::NodePort);
        let kubernetes = Settings { service, ..wanted.kubernetes.clone() };
        UpOptions { kubernetes, listen: None, ..wanted.clone() }
    }
}

fn kind_cluster(state: &State) -> Option<&KindCluster> {
    state.kubernetes.as_ref()?.kind.as_ref()
}

/// Brings the images that the pods need onto the nodes, as far as Docker has them.
async fn load_images(
    cluster: &mut LockedRecord,
    needed: &[String],
    progress: &dyn Progress,
) -> Result<()> {
    let name = cluster.name().to_owned();
    let kubernetes = cluster.state.kubernetes.as_mut();
    let Some(made) = kubernetes.and_then(|known| known.kind.as_mut()) else { return Ok(()) };
    let result = images::bring(&name, needed, &mut made.loaded, progress).await;
    cluster.save()?;
    result
}

#[async_trait]
impl Provider for Kind {
    async fn up(
        &self,
        cluster: &mut LockedRecord,
        wanted: &UpOptions,
        progress: &dyn Progress,
    ) -> Result<UpReport> {
        if self.is_told_a_context {
            return Err(Failure::new(
                ExitStatus::Usage,
                "a cluster on kind has its own Kubernetes context",
            )
            .hint("leave out --context and --kubeconfig, or take --provider kubernetes"));
        }
        tools::require().await?;
        nodes::ensure(&self.inner, cluster, wanted, progress).await?;

        let wanted = Self::wanted(wanted);
        let client = self.inner.client(cluster).await?;
        let rollout = Rollout::plan(client, cluster.name(), &wanted, progress).await?;
        load_images(cluster, &rollout.plan.images(), progress).await?;
        if let Some(known) = &cluster.state.kubernetes {
            context::report(&known.context, cluster.name(), progress);
        }
        let overrides =
            Overrides { gateway_url: kind_cluster(&cluster.state).map(KindCluster::url) };
        self.inner.carry_out(rollout, cluster, &wanted, &overrides, progress).await
    }

    async fn plan(
        &self,
        cluster: &ClusterRecord,
        wanted: &UpOptions,
        progress: &dyn Progress,
    ) -> Result<Option<Plan>> {
        let client = match &cluster.state.kubernetes {
            Some(known) => access::connect(&known.context).await.map(Some),
            None => Ok(None),
        };
        plan::dry_run(client, cluster.name(), &Self::wanted(wanted), progress).await.map(Some)
    }

    async fn down(
        &self,
        cluster: &mut LockedRecord,
        stop: &DownOptions,
        progress: &dyn Progress,
    ) -> Result<bool> {
        let is_whole = kind_cluster(&cluster.state).is_some_and(|made| !made.is_half_made);
        if !is_whole || !nodes::exist(cluster.name()).await? {
            return Ok(false);
        }
        match self.inner.down(cluster, stop, progress).await {
            Err(failure) if stop.force && failure.status == ExitStatus::Failed => {
                progress.report(Event::Warning(&failure.message));
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

    async fn endpoint(&self, cluster: &ClusterRecord, of: Target) -> Result<Endpoint> {
        self.inner.endpoint(cluster, of).await
    }

    async fn logs(
        &self,
        cluster: &ClusterRecord,
        wanted: &LogOptions,
        reader: &mut dyn LogReader,
    ) -> Result<()> {
        self.inner.logs(cluster, wanted, reader).await
    }
}
