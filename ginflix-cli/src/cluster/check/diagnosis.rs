//! Checks whether a cluster works: its nodes, volumes and components, its address, the replicas of
//! its media files, and the playback of one of them.

mod server;
mod status;

use ginflix_api::client::Client;
use ginflix_api::media::MediaName;
use ginflix_api::replica::ListedMedia;

use super::finding::{Category, Check};
use super::playback;
use super::verdict::ProbeTarget;
use crate::cluster;
use crate::cluster::progress::Progress;
use crate::cluster::provider::{ClusterCondition, ClusterStatus, EndpointTarget, Provider};
use crate::cluster::settings::ComponentName;
use crate::cluster::state::ClusterRecord;
use crate::connection;
use crate::error::{Failure, Result};
use crate::global::Global;
use crate::hint::suggested_command;

/// The checked cluster and its provider. There is none if the user names a server by its URL.
type LoadedCluster = (Box<dyn Provider>, ClusterRecord);

/// Checks a cluster, and plays a media file from it: `media`, else the largest. Of a stopped
/// cluster, only reports that it is stopped.
///
/// # Errors
/// There is no such cluster or media file, or the provider cannot read the cluster's state.
pub async fn diagnose(
    global: &Global,
    media: Option<&MediaName>,
    progress: &dyn Progress,
) -> Result<Vec<Check>> {
    let cluster = match &global.server {
        Some(_) => None,
        None => Some(cluster::load(global)?),
    };
    let mut checks = Vec::new();
    let mut streamers = Vec::new();
    if let Some((provider, cluster)) = &cluster {
        let step = progress.start("Checking the cluster");
        let status = provider.status(cluster).await?;
        drop(step);
        if let ClusterCondition::Stopped(reason) = &status.condition {
            return Ok(vec![stopped(reason.as_deref(), cluster.name())]);
        }
        checks.extend(status::check_status(&status, cluster.name()));
        streamers = ready_streamers(&status);
    }
    let step = progress.start("Checking the server");
    let (server_checks, client, listed) = check_server(cluster.as_ref(), global).await;
    drop(step);
    checks.extend(server_checks);
    if let Some(client) = client {
        let listed = listed.as_deref();
        checks.extend(
            check_playback(cluster.as_ref(), client, listed, media, streamers, progress).await?,
        );
    }
    checks.sort_by_key(|check| check.category);
    Ok(checks)
}

/// Checks the server at the public address. Also returns a client for it, if it has an address,
/// and its media files, if it lists them.
async fn check_server(
    cluster: Option<&LoadedCluster>,
    global: &Global,
) -> (Vec<Check>, Option<Client>, Option<Vec<ListedMedia>>) {
    let client = match cluster {
        Some((provider, cluster)) => connection::connect_to(&**provider, cluster, global).await,
        None => connection::connect(global).await,
    };
    match client {
        Ok(client) => {
            let (checks, listed) = server::check_server(&client).await;
            (checks, Some(client), listed)
        }
        Err(failure) => (vec![no_address(failure)], None, None),
    }
}

/// Plays one of the listed media files at the public address and at each streamer.
async fn check_playback(
    cluster: Option<&LoadedCluster>,
    client: Client,
    listed: Option<&[ListedMedia]>,
    name: Option<&MediaName>,
    streamers: Vec<String>,
    progress: &dyn Progress,
) -> Result<Vec<Check>> {
    let Some(media) = playback::choose(listed.unwrap_or_default(), name)? else {
        return Ok(vec![nothing_to_play(listed.is_some())]);
    };
    let mut targets = vec![(ProbeTarget::PublicAddress, client)];
    let mut checks = Vec::new();
    if let Some((provider, cluster)) = cluster {
        checks = connect_to_streamers(&**provider, cluster, streamers, &mut targets).await;
    }
    checks.extend(playback::play(media, targets, progress).await);
    Ok(checks)
}

fn stopped(reason: Option<&str>, cluster: &str) -> Check {
    let hint = format!("start it: {}", suggested_command(cluster, "cluster up"));
    Check::failed(Category::Workloads, "cluster", reason.unwrap_or("it was stopped"), hint)
}

fn no_address(failure: Failure) -> Check {
    let hint = failure.hint.unwrap_or_default();
    Check::failed(Category::Gateway, "address", failure.message, hint)
}

fn nothing_to_play(is_listed: bool) -> Check {
    let reason = if is_listed { "there is none to play" } else { "the server did not list them" };
    Check::skipped(Category::Playback, "film", reason)
}

fn ready_streamers(status: &ClusterStatus) -> Vec<String> {
    let streamer = status.components.iter().find(|c| c.name == ComponentName::Streamer);
    let pods = streamer.into_iter().flat_map(|streamer| &streamer.pods);
    pods.filter(|pod| pod.is_ready && !pod.is_terminating).map(|pod| pod.name.clone()).collect()
}

/// Adds a client for each streamer to `targets`. Returns a check for each one without an endpoint.
async fn connect_to_streamers(
    provider: &dyn Provider,
    cluster: &ClusterRecord,
    streamers: Vec<String>,
    targets: &mut Vec<(ProbeTarget, Client)>,
) -> Vec<Check> {
    let mut checks = Vec::new();
    for name in streamers {
        match connect_to_pod(provider, cluster, &name).await {
            Ok(client) => targets.push((ProbeTarget::Streamer(name), client)),
            Err(failure) => checks.push(Check::skipped(Category::Playback, name, failure.message)),
        }
    }
    checks
}

async fn connect_to_pod(
    provider: &dyn Provider,
    cluster: &ClusterRecord,
    pod: &str,
) -> Result<Client> {
    let endpoint = provider.endpoint(cluster, EndpointTarget::Pod(pod.to_owned())).await?;
    Ok(Client::new(endpoint.url, Some(&endpoint.token))?)
}
