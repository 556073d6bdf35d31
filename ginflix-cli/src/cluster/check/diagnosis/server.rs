//! Checks what the server reports: its address, its database, its free space, and the replicas of
//! its media files.

use ginflix_api::client::{Client, ClientError};
use ginflix_api::replica::{ListedMedia, MediaProblem, ReplicaState};
use ginflix_api::status::{ServerStatus, StreamerStatus};

use super::super::finding::{Category, Check};
use crate::format::{count, size};

/// A volume with fewer free bytes gets a warning.
const MIN_FREE_BYTES: u64 = 2 << 30;
/// How many media files with missing replicas are listed one by one.
const LISTED_FILES_LIMIT: usize = 10;

/// What to do about a part of the API that fails.
const WEB_LOGS_HINT: &str = "see the cause: ginflix cluster logs --part web";
/// What to do about a database that fails.
const DATABASE_LOGS_HINT: &str =
    "see the cause: ginflix cluster logs --part database; films can be watched meanwhile";

/// Checks the server, and returns its media files if it lists them.
pub async fn check_server(client: &Client) -> (Vec<Check>, Option<Vec<ListedMedia>>) {
    let mut checks = Vec::new();
    let url = client.base().as_str();
    if let Err(error) = client.check_alive().await {
        let hint =
            "check that the server and its gateway run, and that this machine reaches that address";
        checks.push(Check::failed(Category::Gateway, url, error.to_string(), hint));
        return (checks, None);
    }
    checks.push(Check::passed(Category::Gateway, url, "responds"));
    checks.push(check_database(client).await);
    let status = client.status().await;
    checks.push(check_token(&status));
    let Ok(status) = status else { return (checks, None) };
    checks.extend(check_free_space(&status));
    match client.all_media_and_problems().await {
        Ok((media, problems)) => {
            checks.extend(check_problems(&problems, &media));
            checks.extend(check_replicas(&status, &media));
            (checks, Some(media))
        }
        Err(error) => {
            let text = error.to_string();
            checks.push(Check::failed(Category::Database, "files", text, WEB_LOGS_HINT));
            (checks, None)
        }
    }
}

async fn check_database(client: &Client) -> Check {
    match client.readiness_problems().await {
        Ok(lines) if lines.is_empty() => {
            Check::passed(Category::Database, "catalogue", "the database responds")
        }
        Ok(lines) => {
            let detail = lines.join("; ");
            Check::failed(Category::Database, "catalogue", detail, DATABASE_LOGS_HINT)
        }
        Err(error) => {
            Check::failed(Category::Database, "catalogue", error.to_string(), WEB_LOGS_HINT)
        }
    }
}

fn check_token(status: &Result<ServerStatus, ClientError>) -> Check {
    let subject = "administrator's token";
    match status {
        Ok(_) => Check::passed(Category::Gateway, subject, "is valid"),
        Err(ClientError::Api { status: 401 | 403, .. }) => Check::failed(
            Category::Gateway,
            subject,
            "the server does not accept the token that this machine stores",
            "the Secret or the accounts were changed: ginflix cluster up fetches the token again; \
             to log in with an account: ginflix login --name admin",
        ),
        // The accounts are in the database, which is the likely cause of another error.
        Err(error) => {
            Check::failed(Category::Database, "accounts", error.to_string(), DATABASE_LOGS_HINT)
        }
    }
}

fn check_free_space(status: &ServerStatus) -> Vec<Check> {
    let hint = "remove files (ginflix media remove NAME), or enlarge the disk or the volumes";
    let check = |subject: &str, free: u64| {
        let detail = format!("{} are free", size(free));
        if free < MIN_FREE_BYTES {
            Check::warning(Category::Volumes, subject, detail, hint)
        } else {
            Check::passed(Category::Volumes, subject, detail)
        }
    };
    // A web server has no volume, and reports 0 free bytes.
    if status.streamers.is_empty() && status.free_bytes == 0 {
        return Vec::new();
    }
    if status.streamers.is_empty() {
        return vec![check("free space", status.free_bytes)];
    }
    live_streamers(status)
        .map(|streamer| check(&format!("free space of {}", streamer.name), streamer.free_bytes))
        .collect()
}

fn live_streamers(status: &ServerStatus) -> impl Iterator<Item = &StreamerStatus> {
    status.streamers.iter().filter(|streamer| streamer.is_live)
}

/// Names the files on the volumes that cannot be taken up: a failure if viewers can no longer watch
/// one of them, else a warning.
fn check_problems(problems: &[MediaProblem], media: &[ListedMedia]) -> Vec<Check> {
    let mut checks: Vec<Check> = problems
        .iter()
        .take(LISTED_FILES_LIMIT)
        .map(|MediaProblem { name, streamer, problem, remedy }| {
            let place = streamer.as_ref().map_or(String::new(), |name| format!(" on {name}"));
            let (subject, detail) =
                (format!("{name}{place}"), format!("cannot be taken up: {problem}"));
            let is_lost = streamer.is_none() && media.iter().any(|m| m.media.name.as_str() == name);
            match is_lost {
                true => Check::failed(Category::Volumes, subject, detail, remedy),
                false => Check::warning(Category::Volumes, subject, detail, remedy),
            }
        })
        .collect();
    if problems.len() > LISTED_FILES_LIMIT {
        let subject = format!("{} more files", problems.len() - LISTED_FILES_LIMIT);
        let hint = "list them with their remedies: ginflix media list";
        checks.push(Check::warning(Category::Volumes, subject, "cannot be taken up", hint));
    }
    checks
}

/// Checks that every streamer is live and has a replica of every media file.
fn check_replicas(status: &ServerStatus, media: &[ListedMedia]) -> Vec<Check> {
    let mut checks = Vec::new();
    for streamer in status.streamers.iter().filter(|streamer| !streamer.is_live) {
        let detail = format!("sent its last heartbeat at {:.0}", streamer.seen_at);
        let hint = "if it was removed for good, its copies no longer count; else see the cause: \
                    ginflix cluster logs --part streamer";
        checks.push(Check::warning(Category::Replicas, &streamer.name, detail, hint));
    }
    let incomplete: Vec<&ListedMedia> = media
        .iter()
        .filter(|listed| listed.replication.as_ref().is_some_and(|r| r.whole < r.wanted))
        .collect();
    let shown = incomplete.iter().take(LISTED_FILES_LIMIT);
    checks.extend(shown.map(|listed| check_replication(status, listed)));
    if incomplete.len() > LISTED_FILES_LIMIT {
        let subject = format!("{} more files", incomplete.len() - LISTED_FILES_LIMIT);
        let hint = "list all files: ginflix media list";
        checks.push(Check::warning(Category::Replicas, subject, "also lack copies", hint));
    }
    let replicated = media.iter().filter(|listed| listed.replication.is_some()).count();
    if checks.is_empty() && replicated > 0 {
        let detail = format!("{} on every streamer", count(replicated as u64, "file", "files"));
        checks.push(Check::passed(Category::Replicas, "copies", detail));
    }
    checks
}

/// Returns the check of a media file that lacks replicas: a warning if the streamers are about to
/// fetch them, else a failure.
fn check_replication(status: &ServerStatus, listed: &ListedMedia) -> Check {
    let replicas = listed.replication.as_ref().map_or(&[][..], |r| &r.replicas);
    let mut is_broken = false;
    let mut problems = Vec::new();
    for replica in replicas {
        let cause = replica.problem.as_ref().map_or(String::new(), |cause| format!(" ({cause})"));
        match replica.state {
            ReplicaState::Whole => {}
            ReplicaState::Damaged => {
                is_broken = true;
                problems.push(format!("the copy of {} is damaged{cause}", replica.streamer));
            }
            ReplicaState::Pulling | ReplicaState::Unknown => {
                is_broken |= replica.problem.is_some();
                problems.push(format!("{} is fetching it{cause}", replica.streamer));
            }
        }
    }
    for streamer in live_streamers(status) {
        if !replicas.iter().any(|replica| replica.streamer == streamer.name) {
            is_broken = true;
            problems.push(format!("{} lacks it", streamer.name));
        }
    }
    let (name, detail) = (listed.media.name.as_str(), problems.join(", "));
    if is_broken {
        let hint = "replace the copies that are missing or damaged: ginflix media repair --wait";
        Check::failed(Category::Replicas, name, detail, hint)
    } else {
        let hint = "wait: the other streamers serve it meanwhile";
        Check::warning(Category::Replicas, name, detail, hint)
    }
}

#[cfg(test)]
mod tests;
