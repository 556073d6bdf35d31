//! Selects the Kubernetes context of a cluster: the stored one, else the one that the command line
//! names, once the user has agreed to change that Kubernetes cluster.

use kube::Client;

use super::{KubernetesProvider, access, apply};
use crate::cluster::progress::{Progress, ProgressEvent};
use crate::cluster::state::{ClusterRecord, KubeContext, KubernetesState, LockedRecord, not_found};
use crate::error::{ExitStatus, Failure, Result};

impl KubernetesProvider {
    /// Returns a client for the stored context.
    ///
    /// # Errors
    /// No context is stored, or the command line names another one.
    pub async fn client(&self, cluster: &ClusterRecord) -> Result<Client> {
        let stored = cluster.state.kubernetes.as_ref().ok_or_else(|| not_found(cluster.name()))?;
        self.refuse_other_context(cluster.name(), &stored.context)?;
        access::connect(&stored.context).await
    }

    /// Returns a client for the stored context, else for the one that the command line names. For
    /// a dry run, which needs no confirmation.
    pub(super) async fn client_to_plan(&self, cluster: &ClusterRecord) -> Result<Client> {
        match &cluster.state.kubernetes {
            Some(stored) => access::connect(&stored.context).await,
            None => {
                let (_, config) =
                    access::find(self.kubeconfig.as_deref(), self.context.as_deref()).await?;
                access::client(config)
            }
        }
    }

    /// Returns a client for the stored context, else for the one that the command line names, which
    /// is stored once the user has agreed.
    pub(super) async fn confirm_context(
        &self,
        cluster: &mut LockedRecord,
        progress: &dyn Progress,
    ) -> Result<Client> {
        if let Some(stored) = &cluster.state.kubernetes {
            let client = self.client(cluster).await?;
            report(&stored.context, cluster.name(), progress);
            return Ok(client);
        }
        let (context, config) =
            access::find(self.kubeconfig.as_deref(), self.context.as_deref()).await?;
        progress.report(ProgressEvent::Note(&format!(
            "Kubernetes context {} ({}), namespace {}",
            context.name,
            context.server,
            cluster.name()
        )));
        let client = access::client(config)?;
        // Before the question, so that nobody is asked about a cluster that cannot be reached.
        if apply::owner(&client, cluster.name()).await? == apply::NamespaceOwner::Foreign {
            return Err(apply::foreign_namespace(cluster.name()));
        }
        let question = format!("Change this Kubernetes cluster, in namespace {}?", cluster.name());
        if !self.yes && !progress.confirm(&question)? {
            return Err(Failure::failed("nothing was changed, as you did not agree"));
        }
        cluster.state.kubernetes = Some(KubernetesState::existing(context));
        cluster.save()?;
        Ok(client)
    }

    fn refuse_other_context(&self, cluster: &str, stored: &KubeContext) -> Result<()> {
        match &self.context {
            Some(named) if *named != stored.name => Err(Failure::new(
                ExitStatus::Conflict,
                format!("the cluster `{cluster}` runs on the context `{}`", stored.name),
            )
            .hint("leave out --context; for a second cluster choose another name with --cluster")),
            _ => Ok(()),
        }
    }
}

/// Reports the context and the namespace that are about to be changed.
pub fn report(context: &KubeContext, namespace: &str, progress: &dyn Progress) {
    progress.report(ProgressEvent::Note(&format!(
        "Kubernetes context {}, namespace {namespace}",
        context.name
    )));
}
