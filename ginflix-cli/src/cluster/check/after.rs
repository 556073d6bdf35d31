//! Whether a cluster works: its nodes, volumes and parts, its address, its
//! copies of files, and a film that is played.

use ginflix_api::client::{Client, ClientError};
use ginflix_api::media::MediaName;
use ginflix_api::replica::{ListedMedia, ReplicaState};
use ginflix_api::status::ServerStatus;

use super::played::Place;
use super::{Category, Check, play};
use crate::cluster;
use crate::cluster::kubernetes::nodes::NodeState;
use crate::cluster::kubernetes::parts::{Part, VolumeState};
use crate::cluster::kubernetes::problem::ProblemKind;
use crate::cluster::provider::{Condition, Look, Provider, Target};
use crate::cluster::settings::PartName;
use crate::connection;
use crate::error::{Failure, Result};
use crate::format::{count, size};
use crate::global::Global;
use crate::hint::command;
use crate::printer::Printer;
use crate::progress::Step;

/// Of a volume's bytes, the least that should be free.
const LEAST_FREE: u64 = 2 << 30;
/// Files that are named one by one.
const NAMED: usize = 10;

/// Looks at everything.
pub async fn run(
    global: &Global,
    film: Option<&MediaName>,
    printer: &Printer,
) -> Result<Vec<Check>> {
    let mut provider: Option<Box<dyn Provider>> = None;
    let mut checks = Vec::new();
    let mut streamers = Vec::new();
    if global.server.is_none() {
        let (_, used) = cluster::existing(global)?;
        let step = Step::start(printer, "Looking at the cluster");
        let look = used.look().await?;
        drop(step);
        if let Condition::Stopped(why) = &look.condition {
            let detail = why.clone().unwrap_or_else(|| "it was stopped".to_owned());
            let hint = format!("start it: {}", command(&global.cluster, "cluster up"));
            return Ok(vec![Check::failed(Category::Workloads, "cluster", detail, hint)]);
        }
        checks.extend(of_look(&look, &global.cluster));
        streamers = ready_streamers(&look);
        provider = Some(used);
    }
    let step = Step::start(printer, "Asking the server");
    let client = match connection::connect(global).await {
        Ok(client) => client,
        Err(failure) => {
            let hint = failure.hint.unwrap_or_default();
            checks.push(Check::failed(Category::Gateway, "address", failure.message, hint));
            return Ok(sorted(checks));
        }
    };
    let (more, media) = ask(&client).await;
    drop(step);
    checks.extend(more);
    match (media.is_some(), play::choose(media.as_deref().unwrap_or_default(), film)?) {
        (false, _) => {
            checks.push(Check::skipped(Category::Film, "film", "which there are is not known"));
        }
        (true, None) => {
            checks.push(Check::skipped(Category::Film, "film", "there is none to play"));
        }
        (true, Some(film)) => {
            let mut places = vec![(Place::Public, client)];
            for name in streamers {
                match reach(provider.as_deref(), &name).await {
                    Ok(client) => places.push((Place::Streamer(name), client)),
                    Err(failure) => {
                        checks.push(Check::skipped(Category::Film, name, failure.message));
                    }
                }
            }
            checks.extend(play::play(film, places, printer).await);
        }
    }
    Ok(sorted(checks))
}

fn sorted(mut checks: Vec<Check>) -> Vec<Check> {
    checks.sort_by_key(|check| check.category);
    checks
}

async fn reach(provider: Option<&dyn Provider>, pod: &str) -> Result<Client> {
    let provider = provider.ok_or_else(|| Failure::failed("not of a cluster of this machine"))?;
    let endpoint = provider.endpoint(Target::Pod(pod.to_owned())).await?;
    Ok(Client::new(endpoint.url, Some(&endpoint.token))?)
}

fn ready_streamers(look: &Look) -> Vec<String> {
    let streamer = look.parts.iter().find(|part| part.name == PartName::Streamer);
    let pods = streamer.into_iter().flat_map(|part| &part.pods);
    pods.filter(|pod| pod.is_ready && !pod.is_leaving).map(|pod| pod.name.clone()).collect()
}

/// What the server tells of itself; and its files, where it tells them.
async fn ask(client: &Client) -> (Vec<Check>, Option<Vec<ListedMedia>>) {
    let mut checks = Vec::new();
    let url = client.base().as_str();
    if let Err(error) = client.is_alive().await {
        let hint = "see whether the gateway runs, and whether this machine reaches that address";
        checks.push(Check::failed(Category::Gateway, url, error.to_string(), hint));
        return (checks, None);
    }
    checks.push(Check::passed(Category::Gateway, url, "answers"));
    checks.push(match client.degraded().await {
        Ok(lines) if lines.is_empty() => {
            Check::passed(Category::Database, "catalogue", "the database answers")
        }
        Ok(lines) => {
            let hint = "see why: ginflix cluster logs --part database; films go on meanwhile";
            Check::failed(Category::Database, "catalogue", lines.join("; "), hint)
        }
        Err(error) => {
            let hint = "see why: ginflix cluster logs --part web";
            Check::failed(Category::Database, "catalogue", error.to_string(), hint)
        }
    });
    let status = client.status().await;
    checks.push(of_token(&status));
    let Ok(status) = status else { return (checks, None) };
    checks.extend(of_space(&status));
    match client.all_media().await {
        Ok(media) => {
            checks.extend(of_replicas(&status, &media));
            (checks, Some(media))
        }
        Err(error) => {
            let hint = "see why: ginflix cluster logs --part web";
            checks.push(Check::failed(Category::Database, "files", error.to_string(), hint));
            (checks, None)
        }
    }
}

fn of_token(status: &Result<ServerStatus, ClientError>) -> Check {
    let what = "administrators' token";
    match status {
        Ok(_) => Check::passed(Category::Gateway, what, "is known"),
        Err(ClientError::Api { status: 401 | 403, .. }) => Check::failed(
            Category::Gateway,
            what,
            "the server does not know the token that this machine keeps",
            "the Secret or the accounts were changed: ginflix cluster up fetches the token anew; \
             with a log-in of your own: ginflix login --name admin",
        ),
        // Who that is stands in the database.
        Err(error) => Check::failed(
            Category::Database,
            "accounts",
            error.to_string(),
            "see why: ginflix cluster logs --part database; films go on meanwhile",
        ),
    }
}

fn of_space(status: &ServerStatus) -> Vec<Check> {
    let hint = "remove what is not needed (ginflix media remove), or give streamers larger volumes";
    let low = |what: &str, free: u64| {
        let detail = format!("{} are free", size(free));
        if free < LEAST_FREE {
            Check::warning(Category::Volumes, what, detail, hint)
        } else {
            Check::passed(Category::Volumes, what, detail)
        }
    };
    // A web server has no volume.
    if status.streamers.is_empty() && status.free_bytes == 0 {
        return Vec::new();
    }
    if status.streamers.is_empty() {
        return vec![low("free space", status.free_bytes)];
    }
    let live = status.streamers.iter().filter(|streamer| streamer.is_live);
    live.map(|streamer| low(&format!("free space of {}", streamer.name), streamer.free_bytes))
        .collect()
}

/// Every streamer should have every file.
fn of_replicas(status: &ServerStatus, media: &[ListedMedia]) -> Vec<Check> {
    let mut checks = Vec::new();
    for streamer in status.streamers.iter().filter(|streamer| !streamer.is_live) {
        let detail = format!("gave its last sign of life at {:.0}", streamer.seen_at);
        let hint = "if it is to stay away, its copies count no longer; else see why: \
                    ginflix cluster logs --part streamer";
        checks.push(Check::warning(Category::Replicas, &streamer.name, detail, hint));
    }
    let mut incomplete = 0;
    for listed in media {
        let Some(replication) = &listed.replication else { continue };
        if replication.whole >= replication.wanted {
            continue;
        }
        incomplete += 1;
        if incomplete <= NAMED {
            checks.push(of_replication(status, listed));
        }
    }
    if incomplete > NAMED {
        let what = format!("{} more files", incomplete - NAMED);
        let hint = "see all: ginflix media list";
        checks.push(Check::warning(Category::Replicas, what, "lack copies, too", hint));
    }
    let known = media.iter().filter(|listed| listed.replication.is_some()).count();
    if checks.is_empty() && known > 0 {
        let detail = format!("{} on every streamer", count(known as u64, "file", "files"));
        checks.push(Check::passed(Category::Replicas, "copies", detail));
    }
    checks
}

fn of_replication(status: &ServerStatus, listed: &ListedMedia) -> Check {
    let replicas = listed.replication.as_ref().map_or(&[][..], |known| &known.replicas);
    let mut is_broken = false;
    let mut words = Vec::new();
    for replica in replicas {
        let why = replica.problem.as_ref().map_or(String::new(), |why| format!(" ({why})"));
        match replica.state {
            ReplicaState::Whole => {}
            ReplicaState::Damaged => {
                is_broken = true;
                words.push(format!("the copy of {} is damaged{why}", replica.streamer));
            }
            ReplicaState::Pulling | ReplicaState::Unknown => {
                is_broken |= replica.problem.is_some();
                words.push(format!("{} is fetching it{why}", replica.streamer));
            }
        }
    }
    let live = status.streamers.iter().filter(|streamer| streamer.is_live);
    for lacking in live.filter(|s| !replicas.iter().any(|replica| replica.streamer == s.name)) {
        is_broken = true;
        words.push(format!("{} lacks it", lacking.name));
    }
    let (name, words) = (listed.media.name.as_str(), words.join(", "));
    if is_broken {
        let hint = "have it fetched anew: ginflix media repair --wait";
        Check::failed(Category::Replicas, name, words, hint)
    } else {
        let hint = "wait: viewers get it from the others meanwhile";
        Check::warning(Category::Replicas, name, words, hint)
    }
}

/// What Kubernetes tells.
fn of_look(look: &Look, cluster: &str) -> Vec<Check> {
    let mut checks = Vec::new();
    match &look.condition {
        Condition::Broken(why) if look.parts.is_empty() => {
            let hint = format!("start it anew: {}", command(cluster, "cluster up"));
            checks.push(Check::failed(Category::Workloads, "process", why, hint));
        }
        Condition::Running if look.parts.is_empty() => {
            checks.push(Check::passed(Category::Workloads, "process", "runs"));
        }
        _ => {}
    }
    checks.extend(of_nodes(look.nodes.as_deref(), look.parts.is_empty()));
    checks.extend(look.dns_ready.map(|ready| {
        if ready {
            return Check::passed(Category::Dns, "cluster DNS", "is ready");
        }
        let hint = "see kubectl get pods -n kube-system -l k8s-app=kube-dns";
        Check::failed(Category::Dns, "cluster DNS", "no pod of it is ready", hint)
    }));
    checks.extend(look.volumes.iter().map(of_volume));
    checks.extend(look.parts.iter().map(|part| of_part(part, cluster)));
    checks.extend(of_versions(&look.parts, cluster));
    checks
}

fn of_nodes(nodes: Option<&[NodeState]>, is_local: bool) -> Vec<Check> {
    let Some(nodes) = nodes else {
        let why = "you may not see the nodes";
        return if is_local {
            Vec::new()
        } else {
            vec![Check::skipped(Category::Nodes, "nodes", why)]
        };
    };
    let mut checks: Vec<Check> = nodes
        .iter()
        .filter(|node| !node.is_ready)
        .map(|node| {
            let why = node.reason.as_deref().unwrap_or("it does not answer");
            let hint = "start it again, or take it out: kubectl drain and kubectl delete node";
            Check::failed(Category::Nodes, &node.name, format!("is not ready: {why}"), hint)
        })
        .collect();
    if checks.is_empty() {
        let detail = format!("{} ready", count(nodes.len() as u64, "is", "are"));
        checks.push(Check::passed(Category::Nodes, "nodes", detail));
    }
    checks
}

fn of_volume(volume: &VolumeState) -> Check {
    let what = volume.claim.as_str();
    if volume.is_bound {
        return Check::passed(Category::Volumes, what, volume.size.clone());
    }
    match &volume.reason {
        Some(reason) if reason.contains("first consumer") => {
            Check::passed(Category::Volumes, what, "is made when it is first used")
        }
        reason => Check::failed(
            Category::Volumes,
            what,
            reason.clone().unwrap_or_else(|| "there is no volume for it yet".to_owned()),
            ProblemKind::Volume.hint(),
        ),
    }
}

fn of_part(part: &Part, cluster: &str) -> Check {
    let (name, progress) = (part.name.as_str(), part.progress());
    if part.wanted == 0 {
        // A cluster that was stopped as a whole is told before.
        let hint = format!("bring it back: {}", command(cluster, "cluster up"));
        return Check::failed(Category::Workloads, name, "was scaled to zero", hint);
    }
    if part.is_complete {
        return Check::passed(Category::Workloads, name, progress);
    }
    let Some(problem) = &part.problem else {
        let hint = "wait, and look again";
        return Check::warning(Category::Workloads, name, progress, hint);
    };
    let mut detail = format!("{progress}; ");
    if let Some(pod) = &problem.pod {
        detail.push_str(&format!("{pod}: "));
    }
    detail.push_str(&problem.text);
    if let Some(last) = problem.log.last() {
        detail.push_str(&format!("; it last said: {last}"));
    }
    let hint = problem.kind.hint_for(part.name, cluster);
    // What still serves, and may get ready by itself, is no fault.
    let still_serves =
        part.ready >= part.wanted || (part.ready > 0 && problem.kind == ProblemKind::Starting);
    if still_serves && !problem.kind.is_stuck() {
        Check::warning(Category::Workloads, name, detail, hint)
    } else {
        Check::failed(Category::Workloads, name, detail, hint)
    }
}

fn of_versions(parts: &[Part], cluster: &str) -> Option<Check> {
    let image = |name| parts.iter().find(|part| part.name == name).map(|part| part.image.as_str());
    let (web, streamer) = (image(PartName::Web)?, image(PartName::Streamer)?);
    (web != streamer).then(|| {
        Check::warning(
            Category::Workloads,
            "versions",
            format!("web is {web}, streamer is {streamer}"),
            format!("bring both to one: {}", command(cluster, "cluster upgrade --image IMAGE")),
        )
    })
}

#[cfg(test)]
mod tests;
