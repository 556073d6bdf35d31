//! What the server tells of itself: its catalogue, its free space, its copies of files.

use ginflix_api::client::{Client, ClientError};
use ginflix_api::replica::{ListedMedia, ReplicaState};
use ginflix_api::status::ServerStatus;

use super::super::finding::{Category, Check};
use crate::format::{count, size};

/// A volume should have at least so many bytes free.
const LEAST_FREE: u64 = 2 << 30;
/// Files that are named one by one.
const NAMED: usize = 10;

/// What the server tells of itself; and its files, where it tells them.
pub async fn ask(client: &Client) -> (Vec<Check>, Option<Vec<ListedMedia>>) {
    let mut checks = Vec::new();
    let url = client.base().as_str();
    if let Err(error) = client.check_alive().await {
        let hint = "see whether the gateway runs, and whether this machine reaches that address";
        checks.push(Check::failed(Category::Gateway, url, error.to_string(), hint));
        return (checks, None);
    }
    checks.push(Check::passed(Category::Gateway, url, "answers"));
    checks.push(match client.readiness_problems().await {
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
        // The database holds the accounts, so it is the part that failed.
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

#[cfg(test)]
mod tests {
    use ginflix_api::replica::{Replica, Replication};
    use ginflix_api::status::StreamerStatus;

    use super::*;
    use crate::cluster::check::Outcome;

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
