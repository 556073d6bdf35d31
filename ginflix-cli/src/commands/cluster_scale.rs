//! `ginflix cluster scale`: changes the number of replicas of components.

use serde::Serialize;

use crate::args::ScaleArgs;
use crate::cluster;
use crate::cluster::options::ProviderName;
use crate::cluster::provider::{ClusterCondition, ClusterStatus, UpOptions};
use crate::cluster::settings::{ComponentName, KubernetesSettings};
use crate::cluster::state::not_found;
use crate::error::{ExitStatus, Failure, Result};
use crate::format::count;
use crate::global::Global;
use crate::hint::suggested_command;
use crate::printer::Printer;

/// The output of `-o json`.
#[derive(Serialize)]
struct ScaleReport<'a> {
    name: &'a str,
    parts: Vec<ScaledPart>,
}

/// A component that was scaled, with its numbers of replicas.
#[derive(Serialize)]
struct ScaledPart {
    part: ComponentName,
    before: u32,
    wanted: u32,
    ready: u32,
}

pub async fn run(args: ScaleArgs, global: &Global, printer: &Printer) -> Result<ExitStatus> {
    let found = cluster::lock(global, args.timeout, printer).await?;
    let (provider, mut cluster) = found.ok_or_else(|| not_found(&global.cluster))?;
    if cluster.state.provider == ProviderName::Local {
        return Err(Failure::new(ExitStatus::Usage, "a local cluster cannot be scaled")
            .hint("a cluster on Kubernetes can: ginflix cluster up --provider kind"));
    }
    let before = provider.status(&cluster).await?;
    if let ClusterCondition::Stopped(_) = before.condition {
        return Err(Failure::failed(format!("the cluster `{}` is not running", global.cluster))
            .hint(format!("start it: {}", suggested_command(&global.cluster, "cluster up"))));
    }
    let replicas = args.replicas.iter().map(|r| (r.component, r.count)).collect();
    let kubernetes = KubernetesSettings { replicas, ..KubernetesSettings::default() };
    let options = UpOptions { kubernetes, timeout: Some(args.timeout), ..UpOptions::default() };
    provider.up(&mut cluster, &options, printer).await?;

    let after = provider.status(&cluster).await?;
    let parts = args.replicas.iter().filter_map(|replicas| {
        let part = |status: &ClusterStatus| {
            status.components.iter().find(|p| p.name == replicas.component).cloned()
        };
        let (before, after) = (part(&before)?, part(&after)?);
        let (wanted, ready) = (after.desired, after.ready);
        Some(ScaledPart { part: replicas.component, before: before.desired, wanted, ready })
    });
    let report = ScaleReport { name: &global.cluster, parts: parts.collect() };
    printer.result(&report, || {
        let lines = report.parts.iter().map(|part| {
            let ready = count(part.ready.into(), "runs", "run");
            format!("{}: {ready} now, {} before", part.part, part.before)
        });
        lines.collect::<Vec<_>>().join("\n")
    });
    Ok(ExitStatus::Done)
}
