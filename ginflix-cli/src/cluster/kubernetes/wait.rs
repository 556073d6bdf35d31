//! Waits until every part is complete, says what it waits for, and names what
//! is stuck instead of waiting it out.

use std::time::{Duration, Instant};

use kube::Client;

use super::logs;
use super::observe::observe;
use super::parts::{Part, parts};
use super::problem::{Problem, ProblemKind};
use crate::cluster::progress::{Event, Progress, Step};
use crate::cluster::settings::PartName;
use crate::error::{ExitStatus, Failure, Result};
use crate::format::count;

/// How often the API is asked.
const POLL: Duration = Duration::from_millis(500);

/// For how long a problem must have been the same before nobody waits on.
/// `None`: it may pass by itself until the deadline, as where nodes are added.
fn patience(kind: ProblemKind) -> Option<Duration> {
    match kind {
        ProblemKind::Image => Some(Duration::from_secs(20)),
        ProblemKind::Crash | ProblemKind::Configuration | ProblemKind::Refused => {
            Some(Duration::from_secs(40))
        }
        ProblemKind::Volume
        | ProblemKind::Unschedulable
        | ProblemKind::Node
        | ProblemKind::NotReady
        | ProblemKind::Starting => None,
    }
}

/// A problem that is being watched.
struct Watched {
    kind: ProblemKind,
    since: Instant,
}

/// Waits until all parts are complete.
///
/// # Errors
/// Failed, naming what is stuck; or timed out, naming what it waited for.
pub async fn until_complete(
    client: &Client,
    cluster: &str,
    deadline: Instant,
    progress: &dyn Progress,
) -> Result<()> {
    let mut watched: Vec<(PartName, Watched)> = Vec::new();
    let mut shown = Shown::new(progress);
    loop {
        // The API server may be away for a moment, as while a node of it restarts.
        let observed = match observe(client, cluster).await {
            Ok(observed) => observed,
            Err(failure) if Instant::now() >= deadline => return Err(failure),
            Err(failure) => {
                progress.report(Event::Detail(&failure.message));
                tokio::time::sleep(POLL).await;
                continue;
            }
        };
        let parts = parts(&observed);
        shown.complete(&parts);
        if parts.iter().all(|part| part.is_complete) && !parts.is_empty() {
            return Ok(());
        }
        let now = Instant::now();
        note_problems(&parts, &mut watched, now);
        if let Some(part) = given_up(&parts, &watched, now, deadline) {
            return Err(stuck(client, cluster, part, now >= deadline).await);
        }
        if let Some(part) = parts.iter().find(|part| !part.is_complete) {
            shown.wait_for(part);
        }
        tokio::time::sleep(POLL).await;
    }
}

/// What the user was shown of the parts.
struct Shown<'a> {
    progress: &'a dyn Progress,
    started: Instant,
    /// The parts that were shown to be complete.
    complete: Vec<PartName>,
    /// The part that is waited for.
    step: Option<(PartName, Box<dyn Step>)>,
}

impl<'a> Shown<'a> {
    fn new(progress: &'a dyn Progress) -> Self {
        Self { progress, started: Instant::now(), complete: Vec::new(), step: None }
    }

    /// Shows the parts that have become complete.
    fn complete(&mut self, parts: &[Part]) {
        for part in parts.iter().filter(|part| part.is_complete) {
            if self.complete.contains(&part.name) {
                continue;
            }
            let text = ready_text(part, self.started);
            match self.step.take_if(|(name, _)| *name == part.name) {
                Some((_, step)) => step.done(&text),
                None => self.progress.report(Event::Done(&text)),
            }
            self.complete.push(part.name);
        }
    }

    /// Shows which part is waited for.
    fn wait_for(&mut self, part: &Part) {
        // What was complete may have lost a pod again.
        self.complete.retain(|name| *name != part.name);
        let text = waiting_text(part);
        match &self.step {
            Some((name, step)) if *name == part.name => step.update(&text),
            _ => self.step = Some((part.name, self.progress.start(&text))),
        }
    }
}

fn ready_text(part: &Part, started: Instant) -> String {
    let seconds = started.elapsed().as_secs();
    format!("The {} is ready: {} of {} ({seconds} s)", part.name, pods(part.wanted), part.image)
}

fn pods(number: u32) -> String {
    count(number.into(), "pod", "pods")
}

/// `Waiting for the streamer: 1 of 2 ready; streamer-1: image x: not found`.
fn waiting_text(part: &Part) -> String {
    let mut text = format!("Waiting for the {}: {}", part.name, part.progress());
    if let Some(problem) = &part.problem {
        text.push_str("; ");
        text.push_str(&say(problem));
    }
    text
}

fn say(problem: &Problem) -> String {
    match &problem.pod {
        Some(pod) => format!("{pod}: {}", problem.text),
        None => problem.text.clone(),
    }
}

/// Since when each part has had the kind of problem it has.
fn note_problems(parts: &[Part], watched: &mut Vec<(PartName, Watched)>, now: Instant) {
    for part in parts {
        let known = watched.iter().position(|(name, _)| *name == part.name);
        match (&part.problem, known) {
            (None, Some(index)) => {
                watched.remove(index);
            }
            (Some(problem), Some(index)) if watched[index].1.kind != problem.kind => {
                watched[index].1 = Watched { kind: problem.kind, since: now };
            }
            (Some(problem), None) => {
                watched.push((part.name, Watched { kind: problem.kind, since: now }));
            }
            _ => {}
        }
    }
}

/// The part that nobody waits for any longer: one that is stuck rather than
/// one that waits for it.
fn given_up<'a>(
    parts: &'a [Part],
    watched: &[(PartName, Watched)],
    now: Instant,
    deadline: Instant,
) -> Option<&'a Part> {
    let lost_patience = |part: &&Part| {
        watched.iter().any(|(name, watched)| {
            *name == part.name
                && patience(watched.kind).is_some_and(|most| now - watched.since >= most)
        })
    };
    if let Some(part) = parts.iter().find(lost_patience) {
        return Some(part);
    }
    if now < deadline {
        return None;
    }
    let is_stuck = |part: &&Part| part.problem.as_ref().is_some_and(|p| p.kind.is_stuck());
    parts.iter().find(is_stuck).or_else(|| parts.iter().find(|part| !part.is_complete))
}

/// What is said of a part that does not get ready.
async fn stuck(client: &Client, cluster: &str, part: &Part, in_vain: bool) -> Failure {
    let Some(problem) = &part.problem else {
        return Failure::new(
            ExitStatus::TimedOut,
            format!("the {} was not ready in time: {}", part.name, part.progress()),
        );
    };
    let status =
        if in_vain && !problem.kind.is_stuck() { ExitStatus::TimedOut } else { ExitStatus::Failed };
    let mut message = format!("the {} does not get ready: {}", part.name, say(problem));
    if let (Some(pod), true) = (&problem.pod, problem.kind.is_told_by_log()) {
        let lines = logs::last_lines(client, cluster, pod).await;
        if !lines.is_empty() {
            message.push_str("; the end of its log:");
            lines.iter().for_each(|line| message.push_str(&format!("\n  {line}")));
        }
    }
    Failure::new(status, message).hint(problem.kind.hint_for(part.name, cluster))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(name: PartName, problem: Option<ProblemKind>) -> Part {
        let problem = problem.map(|kind| Problem {
            kind,
            pod: Some("p-0".into()),
            text: "why".into(),
            log: Vec::new(),
        });
        Part {
            name,
            wanted: 2,
            ready: 1,
            updated: 2,
            is_complete: problem.is_none(),
            image: "i:1".into(),
            pods: Vec::new(),
            problem,
        }
    }

    /// Who is given up after a problem was there so long, of a wait of 100 s.
    fn gave_up(parts: &[Part], after: u64) -> Option<PartName> {
        let started = Instant::now();
        let mut watched = Vec::new();
        note_problems(parts, &mut watched, started);
        let (now, deadline) =
            (started + Duration::from_secs(after), started + Duration::from_secs(100));
        note_problems(parts, &mut watched, now);
        given_up(parts, &watched, now, deadline).map(|part| part.name)
    }

    #[test]
    fn what_waiting_does_not_help_is_not_waited_out() {
        let missing = [part(PartName::Web, Some(ProblemKind::Image))];
        assert_eq!(gave_up(&missing, 1), None);
        assert_eq!(gave_up(&missing, 30), Some(PartName::Web));
    }

    #[test]
    fn room_may_come_until_the_deadline() {
        let no_room = [part(PartName::Streamer, Some(ProblemKind::Unschedulable))];
        assert_eq!(gave_up(&no_room, 99), None);
        assert_eq!(gave_up(&no_room, 100), Some(PartName::Streamer));
    }

    #[test]
    fn the_cause_is_named_and_not_who_waits_for_it() {
        let parts = [
            part(PartName::Database, Some(ProblemKind::Volume)),
            part(PartName::Web, Some(ProblemKind::NotReady)),
        ];
        assert_eq!(gave_up(&parts, 100), Some(PartName::Database));
        let other = [
            part(PartName::Database, Some(ProblemKind::Starting)),
            part(PartName::Web, Some(ProblemKind::Unschedulable)),
        ];
        assert_eq!(gave_up(&other, 100), Some(PartName::Web));
    }

    #[test]
    fn a_problem_that_changes_is_waited_for_anew() {
        let start = Instant::now();
        let mut watched = Vec::new();
        let second = |n| start + Duration::from_secs(n);
        note_problems(&[part(PartName::Web, Some(ProblemKind::Crash))], &mut watched, second(0));
        note_problems(&[part(PartName::Web, Some(ProblemKind::Image))], &mut watched, second(50));
        let parts = [part(PartName::Web, Some(ProblemKind::Image))];
        assert!(given_up(&parts, &watched, second(60), second(100)).is_none());
        note_problems(&[part(PartName::Web, None)], &mut watched, second(61));
        assert!(watched.is_empty());
    }

    #[tokio::test]
    async fn exit_codes_tell_a_cause_from_a_mere_delay() {
        let (client, _) = super::super::mock::api(|call| {
            let lines = if call.what.contains("previous=true") { "" } else { "boom" };
            (200, serde_json::Value::String(lines.to_owned()))
        });
        let of = async |kind, in_vain| {
            stuck(&client, "films", &part(PartName::Web, Some(kind)), in_vain).await
        };
        assert_eq!(of(ProblemKind::Image, false).await.status, ExitStatus::Failed);
        assert_eq!(of(ProblemKind::Volume, true).await.status, ExitStatus::Failed);
        let late = of(ProblemKind::NotReady, true).await;
        assert_eq!(late.status, ExitStatus::TimedOut);
        assert!(late.message.contains("p-0: why") && late.message.contains("boom"));
        assert!(late.hint.unwrap().contains("cluster logs --part web"));
    }
}
