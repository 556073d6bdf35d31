//! The context of the Kubernetes cluster: the one that is remembered, else the one that the command
//! line names, once the user has agreed to change it.

use kube::Client;

use super::{Kubernetes, access, apply};
use crate::cluster::progress::{Event, Progress};
use crate::cluster::state::{ClusterRecord, Context, KubernetesState, LockedRecord, not_found};
use crate::error::{ExitStatus, Failure, Result};
use crate::prompt;

impl Kubernetes {
    /// A client of the context that is remembered.
    ///
    /// # Errors
    /// Where none is, or the command line names another.
    pub async fn client(&self, cluster: &ClusterRecord) -> Result<Client> {
        let known = cluster.state.kubernetes.as_ref().ok_or_else(|| not_found(cluster.name()))?;
        self.refuse_other_context(cluster.name(), &known.context)?;
        access::connect(&known.context).await
    }

    /// A client of the context that is remembered; else of the one that the command line names.
    pub(super) async fn client_to_plan(&self, cluster: &ClusterRecord) -> Result<Client> {
        match &cluster.state.kubernetes {
            Some(known) => access::connect(&known.context).await,
            None => {
                let (_, config) =
                    access::find(self.kubeconfig.as_deref(), self.context.as_deref()).await?;
                access::client(config)
            }
        }
    }

    /// A client of the context that is remembered; else of the one that the command line names,
    /// which is remembered from then on, once the user has agreed.
    pub(super) async fn confirm_context(
        &self,
        cluster: &mut LockedRecord,
        progress: &dyn Progress,
    ) -> Result<Client> {
        if let Some(known) = &cluster.state.kubernetes {
            let client = self.client(cluster).await?;
            report(&known.context, cluster.name(), progress);
            return Ok(client);
        }
        let (context, config) =
            access::find(self.kubeconfig.as_deref(), self.context.as_deref()).await?;
        progress.report(Event::Note(&format!(
            "Kubernetes context {} ({}), namespace {}",
            context.name,
            context.server,
            cluster.name()
        )));
        let client = access::client(config)?;
        // Whether it is there at all is known before anybody is asked.
        if apply::owner(&client, cluster.name()).await? == apply::Owner::Foreign {
            return Err(apply::foreign(cluster.name()));
        }
        let question = format!("Change this Kubernetes cluster, in namespace {}?", cluster.name());
        if !self.yes && !prompt::confirm(&question, "--yes")? {
            return Err(Failure::failed("nothing was changed"));
        }
        cluster.state.kubernetes = Some(KubernetesState::existing(context));
        cluster.save()?;
        Ok(client)
    }

    fn refuse_other_context(&self, cluster: &str, known: &Context) -> Result<()> {
        match &self.context {
            Some(named) if *named != known.name => Err(Failure::new(
                ExitStatus::Conflict,
                format!("the cluster `{cluster}` is on the context `{}`", known.name),
            )
            .hint("leave out --context; for a second cluster choose another name with --cluster")),
            _ => Ok(()),
        }
    }
}

/// Reports which context is about to be changed.
pub fn report(context: &Context, namespace: &str, progress: &dyn Progress) {
    progress.report(Event::Note(&format!(
        "Kubernetes context {}, namespace {namespace}",
        context.name
    )));
}
