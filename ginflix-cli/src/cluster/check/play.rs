//! Plays a film: asks each streamer, and the address that viewers use.

use ginflix_api::client::Client;
use ginflix_api::media::{Media, MediaName};
use ginflix_api::replica::{ListedMedia, ReplicaState};
use sha2::{Digest, Sha256};

use super::finding::{Category, Check};
use super::played::{Answer, Place, Played, SAMPLE, differ, judge, ranges, told_once};
use crate::cluster::progress::Progress;
use crate::error::{ExitStatus, Failure, Result};
use crate::format::count;

/// Bytes of a whole film that are read to see how soon they come.
const BEGINNING: usize = 64 * 1024;
/// The largest film that is read as a whole, where samples differ.
const WHOLE: u64 = 4 << 30;

/// The film that says most: a large one, because a short one fits into any buffer.
pub fn choose<'a>(
    all: &'a [ListedMedia],
    named: Option<&MediaName>,
) -> Result<Option<&'a ListedMedia>> {
    match named {
        Some(name) => match all.iter().find(|listed| listed.media.name == *name) {
            Some(listed) => Ok(Some(listed)),
            None => Err(Failure::new(ExitStatus::NotFound, format!("there is no file {name}"))
                .hint("see which there are: ginflix media list")),
        },
        None => Ok(all
            .iter()
            .filter(|listed| listed.media.size_bytes > 0)
            .max_by_key(|listed| listed.media.size_bytes)),
    }
}

/// Plays it everywhere, and judges what came.
pub async fn play(
    listed: &ListedMedia,
    places: Vec<(Place, Client)>,
    progress: &dyn Progress,
) -> Vec<Check> {
    let film = &listed.media;
    let step = progress.start(&format!("Playing {}", film.name));
    let mut played = Vec::new();
    for (place, client) in &places {
        step.transient(&format!("Playing {} ({})", film.name, place.name()));
        played.push(play_at(listed, place.clone(), client).await);
    }
    let mut checks: Vec<Check> =
        played.iter().flat_map(|played| judge(played, film.size_bytes)).collect();
    let streamers = played.iter().filter(|p| matches!(p.place, Place::Streamer(_))).count();
    if differ(&played) {
        step.transient(&format!("Reading {} as a whole", film.name));
        let mut wrong = Vec::new();
        for (place, client) in &places {
            wrong.extend(verify(film, place, client).await);
        }
        checks.extend(wrong);
    } else if streamers > 0 {
        let detail = format!(
            "the same bytes come from {} and outside",
            count(streamers as u64, "streamer", "streamers")
        );
        checks.push(Check::passed(Category::Film, "samples", detail));
    }
    drop(step);
    let mut checks = told_once(checks);
    for check in &mut checks {
        check.what = format!("{}, {}", film.name, check.what);
    }
    checks
}

/// Whether the catalogue says so.
fn is_whole_at(listed: &ListedMedia, place: &Place) -> bool {
    let Place::Streamer(name) = place else { return true };
    let replicas = listed.replication.iter().flat_map(|known| &known.replicas);
    replicas.into_iter().any(|r| r.streamer == *name && r.state == ReplicaState::Whole)
}

async fn play_at(listed: &ListedMedia, place: Place, client: &Client) -> Played {
    let film = &listed.media;
    let size = film.size_bytes;
    let ask = async |range: Option<String>, most: usize| -> Answer {
        client.probe_range(&film.name, range.as_deref(), most).await
    };
    let mut samples = Vec::new();
    for (first, last) in ranges(size) {
        // One byte more than asked for would be seen.
        samples.push(ask(Some(format!("bytes={first}-{last}")), SAMPLE as usize + 1).await);
    }
    Played {
        head: client.probe_head(&film.name).await,
        samples,
        beyond: ask(Some(format!("bytes={size}-")), 0).await,
        all: ask(None, BEGINNING).await,
        is_known_to_have: is_whole_at(listed, &place),
        place,
    }
}

/// Only all of a file tells which of two is right.
async fn verify(film: &Media, place: &Place, client: &Client) -> Option<Check> {
    let what = format!("{}: content", place.name());
    let hint = "have it verified and fetched anew: ginflix media repair --wait";
    if film.size_bytes > WHOLE {
        let detail = "its samples differ from those of others; it is too long to be read here";
        return Some(Check::failed(Category::Film, what, detail, hint));
    }
    let mut digest = Sha256::new();
    let read = client.read_stream(&film.name, |bytes| digest.update(bytes)).await;
    let detail = match read {
        Err(error) => format!("it breaks off: {error}"),
        Ok(()) if hex::encode(digest.finalize()) == film.sha256 => return None,
        Ok(()) => "its SHA-256 is not the one in the catalogue".to_owned(),
    };
    Some(Check::failed(Category::Film, what, detail, hint))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn media(name: &str, size: u64) -> ListedMedia {
        let media = Media {
            name: name.parse().unwrap(),
            size_bytes: size,
            sha256: String::new(),
            content_type: "video/mp4".into(),
            duration_seconds: None,
            created_at: jiff::Timestamp::UNIX_EPOCH,
            stream_path: String::new(),
        };
        ListedMedia { media, replication: None }
    }

    #[test]
    fn the_largest_film_is_played_unless_one_is_named() {
        let all = [media("a.mp4", 5), media("b.mp4", 9), media("empty.mp4", 0)];
        assert_eq!(choose(&all, None).unwrap().unwrap().media.name.as_str(), "b.mp4");
        let named = "a.mp4".parse().unwrap();
        assert_eq!(choose(&all, Some(&named)).unwrap().unwrap().media.name, named);
        assert_eq!(choose(&[], None).unwrap(), None);
        let failure = choose(&all, Some(&"c.mp4".parse().unwrap())).unwrap_err();
        assert_eq!(failure.status, ExitStatus::NotFound);
    }
}
