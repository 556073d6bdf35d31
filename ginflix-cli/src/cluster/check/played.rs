//! Judges how a film came: pure, from what each place answered.

use std::time::Duration;

use ginflix_api::client::{ClientError, StreamResponse};

use super::finding::{Category, Check, Outcome};

/// Bytes of a sample.
pub const SAMPLE: u64 = 256 * 1024;
/// A first byte that comes sooner is no sign of anything.
const SOON: Duration = Duration::from_millis(1500);
/// How many times longer the first byte of all may take than that of a sample.
const SLOWER: u32 = 8;

/// One request, and what came of it.
pub type Answer = Result<StreamResponse, ClientError>;

/// Where a film was played.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// At one streamer, past everything else.
    Streamer(String),
    /// At the address that viewers use.
    Public,
}

impl Place {
    /// As it is called in the report.
    pub fn name(&self) -> &str {
        match self {
            Self::Streamer(name) => name,
            Self::Public => "public address",
        }
    }
}

/// What a place answered.
pub struct Played {
    /// Where.
    pub place: Place,
    /// Whether the catalogue says that it has the film.
    pub is_known_to_have: bool,
    /// To HEAD.
    pub head: Answer,
    /// To each of [`ranges`], in that order.
    pub samples: Vec<Answer>,
    /// To a range that begins at the end.
    pub beyond: Answer,
    /// To GET of all of it; only the first bytes were read.
    pub all: Answer,
}

/// The ranges of the samples: first, middle, last. Each is `(first, last)`.
pub fn ranges(size: u64) -> Vec<(u64, u64)> {
    let length = SAMPLE.min(size);
    let middle = (size - length) / 2;
    [0, middle, size - length].map(|first| (first, first + length - 1)).to_vec()
}

/// Judges one place.
pub fn judge(played: &Played, size: u64) -> Vec<Check> {
    let name = played.place.name();
    let mut checks = vec![head(played, size)];
    checks.extend(samples(played, size));
    checks.push(beyond(played, size));
    match played.place {
        Place::Public => checks.push(unbuffered(played, size)),
        Place::Streamer(_) => checks.push(own_copy(played)),
    }
    // Where there is no film at all one line is enough, as for one that is well.
    if played.head.as_ref().is_ok_and(|answer| answer.status == 404)
        && played.samples.iter().flatten().all(|answer| answer.status == 404)
    {
        let detail = "has no such film".to_owned();
        return vec![Check::failed(Category::Film, name, detail, hint(&played.place))];
    }
    if checks.iter().all(|check| check.outcome == Outcome::Passed) {
        let detail = "head, first, middle and last bytes, and the end come as they should";
        return vec![Check::passed(Category::Film, name, detail)];
    }
    checks.retain(|check| check.outcome != Outcome::Passed);
    checks
}

fn failed(played: &Played, what: &str, detail: String, hint: &str) -> Check {
    Check::failed(Category::Film, format!("{}: {what}", played.place.name()), detail, hint)
}

fn hint(place: &Place) -> &'static str {
    match place {
        Place::Streamer(_) => "have it verified and fetched anew: ginflix media repair --wait",
        Place::Public => {
            "look at what stands between viewers and streamers: a proxy, a cache, the gateway's Caddyfile"
        }
    }
}

fn head(played: &Played, size: u64) -> Check {
    let fault = match &played.head {
        Err(error) => Some(error.to_string()),
        Ok(answer) if answer.status != 200 => Some(format!("HEAD got {}", answer.status)),
        Ok(answer) if answer.length != Some(size) => Some(format!(
            "its length is {}, and should be {size}",
            answer.length.map_or("not told".to_owned(), |length| length.to_string())
        )),
        Ok(answer) if !answer.accepts_ranges => Some("ranges are not offered".to_owned()),
        Ok(_) => None,
    };
    match fault {
        Some(fault) => failed(played, "head", fault, hint(&played.place)),
        None => Check::passed(Category::Film, played.place.name(), ""),
    }
}

fn samples(played: &Played, size: u64) -> Vec<Check> {
    let names = ["first bytes", "middle", "last bytes"];
    let judged = ranges(size).into_iter().zip(&played.samples).zip(names);
    judged
        .map(|(((first, last), answer), what)| {
            let wanted = format!("bytes {first}-{last}/{size}");
            let fault = match answer {
                Err(error) => error.to_string(),
                Ok(answer) if answer.status == 200 => {
                    let fault = "the whole file came in place of the range that was asked for";
                    let hint = match &played.place {
                        Place::Public => "something on the way drops the header Range: viewers cannot seek; look at the proxy, or the gateway's Caddyfile",
                        place => hint(place),
                    };
                    return failed(played, what, fault.to_owned(), hint);
                }
                Ok(answer) if answer.status != 206 => format!("got {}", answer.status),
                Ok(answer) if answer.range.as_deref() != Some(&wanted) => format!(
                    "got `{}` in place of `{wanted}`",
                    answer.range.as_deref().unwrap_or("no Content-Range")
                ),
                Ok(answer) if answer.body.len() as u64 != last - first + 1 => {
                    format!("{} bytes came in place of {}", answer.body.len(), last - first + 1)
                }
                Ok(answer) if answer.encoding.is_some() => {
                    "it came compressed, which films must not".to_owned()
                }
                Ok(_) => return Check::passed(Category::Film, what, ""),
            };
            failed(played, what, fault, hint(&played.place))
        })
        .collect()
}

fn beyond(played: &Played, size: u64) -> Check {
    let fault = match &played.beyond {
        Err(error) => error.to_string(),
        Ok(answer) if answer.status == 416 => {
            return Check::passed(Category::Film, "past the end", "");
        }
        Ok(answer) => format!("a range from byte {size} on got {} in place of 416", answer.status),
    };
    failed(played, "past the end", fault, hint(&played.place))
}

/// Viewers do not notice a streamer without its copy, as another one answers in
/// its place; whoever looks after the cluster should.
fn own_copy(played: &Played) -> Check {
    let name = "own copy";
    if played.is_known_to_have && played.samples.iter().flatten().any(|answer| answer.is_forwarded)
    {
        let detail = "is not there or not whole, another streamer answers in its place";
        return failed(played, name, detail.to_owned(), hint(&played.place));
    }
    Check::passed(Category::Film, name, "")
}

/// A proxy that takes all of a film before it gives any of it away makes the
/// first byte of all of it late, and that of a sample not.
fn unbuffered(played: &Played, size: u64) -> Check {
    let name = "buffering";
    let Ok(all) = &played.all else {
        return Check::passed(Category::Film, name, "");
    };
    if all.status == 200 && all.length != Some(size) {
        let detail = "a whole film comes without its length: something on the way rewrites it";
        return failed(played, name, detail.to_owned(), hint(&played.place));
    }
    let sample = played.samples.iter().flatten().map(|answer| answer.first_byte_after).max();
    let late = sample.is_some_and(|sample| {
        all.first_byte_after > SOON && all.first_byte_after > sample * SLOWER
    });
    if late {
        let detail = format!(
            "the first byte of a whole film comes after {:.1} s, that of a sample after {:.1} s: \
             something on the way takes all of it before it gives any away",
            all.first_byte_after.as_secs_f32(),
            sample.unwrap_or_default().as_secs_f32(),
        );
        let hint = "let the proxy pass responses on as they come (nginx: proxy_buffering off)";
        return failed(played, name, detail, hint);
    }
    Check::passed(Category::Film, name, "")
}

/// The same bytes must come everywhere that all of them came from. Whose are the
/// right ones no vote decides: what is outside shows one of the streamers'.
pub fn differ(places: &[Played]) -> bool {
    let mut bodies = places
        .iter()
        .filter(|played| played.samples.iter().all(Result::is_ok))
        .map(|played| played.samples.iter().flatten().map(|answer| &answer.body));
    let Some(first) = bodies.next() else { return false };
    let first: Vec<_> = first.collect();
    bodies.any(|other| !other.eq(first.iter().copied()))
}

/// What is wrong at a streamer shows outside, too: that is one fault, not two.
pub fn told_once(checks: Vec<Check>) -> Vec<Check> {
    let is_outside = |check: &Check| check.what.starts_with(Place::Public.name());
    let is_fault = |check: &Check| check.outcome == Outcome::Failed;
    let inside = checks.iter().any(|check| is_fault(check) && !is_outside(check));
    let (outside, mut kept): (Vec<Check>, Vec<Check>) =
        checks.into_iter().partition(|check| inside && is_outside(check) && is_fault(check));
    if !outside.is_empty() {
        let detail = "viewers meet the fault of the streamer";
        let hint = "mend that first, and look again";
        kept.push(Check::warning(Category::Film, Place::Public.name(), detail, hint));
    }
    kept
}

#[cfg(test)]
mod tests;
