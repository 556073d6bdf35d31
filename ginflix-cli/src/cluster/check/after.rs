//! Whether a cluster works: its nodes, volumes and parts, its address, its
//! copies of files, and a film that is played.

mod server;
mod status;

use ginflix_api::client::Client;
use ginflix_api::media::MediaName;

use super::finding::{Category, Check};
use super::play;
use super::played::Place;
use crate::cluster;
use crate::cluster::progress::Progress;
use crate::cluster::provider::{ClusterStatus, Condition, Provider, Target};
use crate::cluster::settings::PartName;
use crate::cluster::state::ClusterRecord;
use crate::connection;
use crate::error::{Failure, Result};
use crate::global::Global;
use crate::hint::suggested_command;

/// Whether a cluster works, up to a film that is played.
///
/// # Errors
/// Where there is no such cluster.
pub async fn run(
    global: &Global,
    film: Option<&MediaName>,
    progress: &dyn Progress,
) -> Result<Vec<Check>> {
    let cluster = match &global.server {
        Some(_) => None,
        None => Some(cluster::load(global)?),
    };
    let mut checks = Vec::new();
    let mut streamers = Vec::new();
    if let Some((provider, cluster)) = &cluster {
        let step = progress.start("Looking at the cluster");
        let status = provider.status(cluster).await?;
        drop(step);
        if let Condition::Stopped(why) = &status.condition {
            return Ok(vec![stopped(why.as_deref(), cluster.name())]);
        }
        checks.extend(status::of_status(&status, cluster.name()));
        streamers = ready_streamers(&status);
    }
    let step = progress.start("Asking the server");
    let client = match &cluster {
        Some((provider, cluster)) => connection::connect_to(&**provider, cluster, global).await,
        None => connection::connect(global).await,
    };
    let mut places = Vec::new();
    let media = match client {
        Ok(client) => {
            let (more, media) = server::ask(&client).await;
            checks.extend(more);
            places.push((Place::Public, client));
            media
        }
        Err(failure) => {
            checks.push(no_address(failure));
            return Ok(sorted(checks));
        }
    };
    drop(step);
    let Some(film) = play::choose(media.as_deref().unwrap_or_default(), film)? else {
        checks.push(no_film(media.is_some()));
        return Ok(sorted(checks));
    };
    if let Some((provider, cluster)) = &cluster {
        checks.extend(reach_all(&**provider, cluster, streamers, &mut places).await);
    }
    checks.extend(play::play(film, places, progress).await);
    Ok(sorted(checks))
}

fn sorted(mut checks: Vec<Check>) -> Vec<Check> {
    checks.sort_by_key(|check| check.category);
    checks
}

fn stopped(why: Option<&str>, cluster: &str) -> Check {
    let hint = format!("start it: {}", suggested_command(cluster, "cluster up"));
    Check::failed(Category::Workloads, "cluster", why.unwrap_or("it was stopped"), hint)
}

fn no_address(failure: Failure) -> Check {
    let hint = failure.hint.unwrap_or_default();
    Check::failed(Category::Gateway, "address", failure.message, hint)
}

fn no_film(are_known: bool) -> Check {
    let why = if are_known { "there is none to play" } else { "which there are is not known" };
    Check::skipped(Category::Film, "film", why)
}

fn ready_streamers(status: &ClusterStatus) -> Vec<String> {
    let streamer = status.parts.iter().find(|part| part.name == PartName::Streamer);
    let pods = streamer.into_iter().flat_map(|part| &part.pods);
    pods.filter(|pod| pod.is_ready && !pod.is_leaving).map(|pod| pod.name.clone()).collect()
}

/// Adds the streamers that can be reached to the places where a film is played.
async fn reach_all(
    provider: &dyn Provider,
    cluster: &ClusterRecord,
    streamers: Vec<String>,
    places: &mut Vec<(Place, Client)>,
) -> Vec<Check> {
    let mut checks = Vec::new();
    for name in streamers {
        match reach(provider, cluster, &name).await {
            Ok(client) => places.push((Place::Streamer(name), client)),
            Err(failure) => checks.push(Check::skipped(Category::Film, name, failure.message)),
        }
    }
    checks
}

async fn reach(provider: &dyn Provider, cluster: &ClusterRecord, pod: &str) -> Result<Client> {
    let endpoint = provider.endpoint(cluster, Target::Pod(pod.to_owned())).await?;
    Ok(Client::new(endpoint.url, Some(&endpoint.token))?)
}
