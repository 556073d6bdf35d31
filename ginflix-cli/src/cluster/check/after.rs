//! Whether a cluster works: its nodes, volumes and parts, its address, its
//! copies of files, and a film that is played.

use ginflix_api::client::{Client, ClientError};
use ginflix_api::media::MediaName;
use ginflix_api::replica::{ListedMedia, ReplicaState};
use ginflix_api::status::ServerStatus;

use super::played::Place;
use super::{Category, Check, play};
use crate::args::Global;
use crate::cluster::kubernetes::parts::{NodeState, Part, VolumeState};
use crate::cluster::kubernetes::problem::ProblemKind;
use crate::cluster::settings::PartName;
use crate::cluster::{self, Condition, Look, Provider, Target, command};
use crate::connection;
use crate::error::Result;
use crate::format::{count, size};
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
                    Err(why) => checks.push(Check::skipped(Category::Film, name, why)),
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

async fn reach(provider: Option<&dyn Provider>, pod: &str) -> Result<Client, String> {
    let provider = provider.ok_or("not of a cluster of this machine")?;
    let endpoint = provider.endpoint(Target::Pod(pod.to_owned())).await.map_err(|f| f.message)?;
    Client::new(endpoint.url, Some(&endpoint.token)).map_err(|e| e.to_string())
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
mod tests {
    use ginflix_api::replica::{Replica, Replication};
    use ginflix_api::status::StreamerStatus;

    use super::super::Outcome;
    use super::*;
    use crate::cluster::kubernetes::problem::Problem;

    fn part(ready: u32, problem: Option<(ProblemKind, &str)>) -> Part {
        Part {
            name: PartName::Streamer,
            wanted: 2,
            ready,
            updated: 2,
            is_complete: problem.is_none(),
            image: "ginflix/server:1".into(),
            pods: Vec::new(),
            problem: problem.map(|(kind, text)| Problem {
                kind,
                pod: Some("streamer-1".into()),
                text: text.into(),
                log: vec!["boom".into()],
            }),
        }
    }

    #[test]
    fn a_part_that_is_stuck_is_named_with_its_pod_and_last_words() {
        let check = of_part(&part(1, Some((ProblemKind::Crash, "it ended"))), "ginflix");
        assert_eq!(check.outcome, Outcome::Failed);
        assert_eq!(check.detail, "1 of 2 ready; streamer-1: it ended; it last said: boom");
        assert!(check.hint.unwrap().contains("--part streamer"));
        assert_eq!(of_part(&part(2, None), "ginflix").outcome, Outcome::Passed);
        let replaced = of_part(&part(2, Some((ProblemKind::Crash, "it ended"))), "ginflix");
        assert_eq!(replaced.outcome, Outcome::Failed, "the older ones serve, the newer never will");
        let none = of_part(&Part { wanted: 0, ..part(0, None) }, "ginflix");
        assert_eq!(none.outcome, Outcome::Failed);
        let coming = of_part(&part(1, Some((ProblemKind::Starting, "soon"))), "ginflix");
        assert_eq!(coming.outcome, Outcome::Warning);
    }

    #[test]
    fn a_node_that_is_away_is_named() {
        let node = |name: &str, is_ready| NodeState {
            name: name.into(),
            is_ready,
            reason: (!is_ready).then(|| "Kubelet stopped posting node status.".into()),
            version: String::new(),
            address: None,
        };
        let checks = of_nodes(Some(&[node("a", true), node("b", false)]), false);
        assert_eq!(checks.len(), 1);
        assert_eq!((checks[0].what.as_str(), checks[0].outcome), ("b", Outcome::Failed));
        assert_eq!(of_nodes(Some(&[node("a", true)]), false)[0].outcome, Outcome::Passed);
        assert_eq!(of_nodes(None, false)[0].outcome, Outcome::Skipped);
        assert!(of_nodes(None, true).is_empty());
    }

    #[test]
    fn a_volume_that_waits_for_its_first_pod_is_well() {
        let volume = |is_bound, reason: Option<&str>| {
            of_volume(&VolumeState {
                claim: "media-streamer-0".into(),
                is_bound,
                size: "5Gi".into(),
                class: None,
                reason: reason.map(str::to_owned),
            })
            .outcome
        };
        assert_eq!(volume(true, None), Outcome::Passed);
        assert_eq!(
            volume(false, Some("waiting for first consumer to be created")),
            Outcome::Passed
        );
        assert_eq!(volume(false, Some("storageclass \"x\" not found")), Outcome::Failed);
        assert_eq!(volume(false, None), Outcome::Failed);
    }

    fn status(streamers: &[(&str, bool)]) -> ServerStatus {
        let now = jiff::Timestamp::UNIX_EPOCH;
        ServerStatus {
            version: String::new(),
            pid: 1,
            started_at: now,
            uptime_seconds: 0,
            movies: 0,
            media: 0,
            media_bytes: 0,
            uploads: 0,
            upload_bytes: 0,
            free_bytes: 1,
            streamers: streamers
                .iter()
                .map(|(name, is_live)| StreamerStatus {
                    name: (*name).into(),
                    version: String::new(),
                    address: None,
                    is_live: *is_live,
                    seen_at: now,
                    used_bytes: 0,
                    free_bytes: 100 << 30,
                    media: 0,
                    lagging_media: 0,
                    lagging_bytes: 0,
                })
                .collect(),
        }
    }

    fn listed(replicas: &[(&str, ReplicaState)]) -> ListedMedia {
        let whole = replicas.iter().filter(|(_, state)| *state == ReplicaState::Whole).count();
        let replicas = replicas
            .iter()
            .map(|(streamer, state)| Replica {
                streamer: (*streamer).into(),
                state: *state,
                problem: None,
                is_verified: true,
                verified_at: None,
            })
            .collect();
        let media = ginflix_api::media::Media {
            name: "film.mp4".parse().unwrap(),
            size_bytes: 1,
            sha256: String::new(),
            content_type: String::new(),
            duration_seconds: None,
            created_at: jiff::Timestamp::UNIX_EPOCH,
            stream_path: String::new(),
        };
        ListedMedia {
            media,
            replication: Some(Replication { wanted: 2, whole: whole as u64, replicas }),
        }
    }

    #[test]
    fn who_lacks_a_file_is_named() {
        let two = status(&[("streamer-0", true), ("streamer-1", true)]);
        let of = |replicas: &[(&str, ReplicaState)]| of_replicas(&two, &[listed(replicas)]);
        let whole = ("streamer-0", ReplicaState::Whole);

        let all = of(&[whole, ("streamer-1", ReplicaState::Whole)]);
        assert_eq!((all.len(), all[0].outcome), (1, Outcome::Passed));
        let missing = &of(&[whole])[0];
        assert_eq!(missing.outcome, Outcome::Failed);
        assert_eq!(missing.detail, "streamer-1 lacks it");
        let damaged = &of(&[whole, ("streamer-1", ReplicaState::Damaged)])[0];
        assert_eq!(damaged.detail, "the copy of streamer-1 is damaged");
        let coming = &of(&[whole, ("streamer-1", ReplicaState::Pulling)])[0];
        assert_eq!(coming.outcome, Outcome::Warning);
    }

    #[test]
    fn many_files_do_not_flood_the_report() {
        let two = status(&[("streamer-0", true), ("streamer-1", true)]);
        let media: Vec<ListedMedia> = (0..50).map(|_| listed(&[])).collect();
        let checks = of_replicas(&two, &media);
        assert_eq!(checks.len(), NAMED + 1);
        assert_eq!(checks[NAMED].what, "40 more files");
    }

    #[test]
    fn a_streamer_that_is_silent_and_a_full_volume_are_told() {
        let quiet = of_replicas(&status(&[("streamer-0", true), ("streamer-1", false)]), &[]);
        assert_eq!((quiet[0].what.as_str(), quiet[0].outcome), ("streamer-1", Outcome::Warning));
        assert_eq!(of_space(&status(&[]))[0].outcome, Outcome::Warning);
        assert_eq!(of_space(&status(&[("streamer-0", true)]))[0].outcome, Outcome::Passed);
    }
}
