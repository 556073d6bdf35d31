//! Waits until every component is complete. Shows what it waits for, and gives up early if a
//! component has a problem that waiting does not solve.

use std::time::{Duration, Instant};

use kube::Client;

use super::components::{Component, components};
use super::logs;
use super::observe::observe;
use super::problem::{Problem, ProblemKind};
use crate::cluster::progress::{Progress, ProgressEvent, ProgressStep};
use crate::cluster::settings::ComponentName;
use crate::error::{ExitStatus, Failure, Result};
use crate::format::count;

/// Interval between two reads of the cluster's objects.
const POLL_INTERVAL: Duration = Duration::from_millis(500);
/// How long an image may be missing. The kubelet asks a registry again if it fails once.
const IMAGE_GRACE: Duration = Duration::from_secs(20);
/// How long a pod may crash, lack its configuration or be refused. Some of that passes: a Secret
/// appears, or a server finds its database at the second attempt.
const CRASH_GRACE: Duration = Duration::from_secs(40);

/// Returns for how long a component may have a problem of this kind; `None` if the problem may
/// pass until the deadline, for example because nodes are added.
fn grace_period(kind: ProblemKind) -> Option<Duration> {
    match kind {
        ProblemKind::Image => Some(IMAGE_GRACE),
        ProblemKind::Crash | ProblemKind::Configuration | ProblemKind::Refused => Some(CRASH_GRACE),
        ProblemKind::Volume
        | ProblemKind::Unschedulable
        | ProblemKind::Node
        | ProblemKind::NotReady
        | ProblemKind::Starting => None,
    }
}

/// A problem of a component, and since when the component has had it.
struct OngoingProblem {
    component: ComponentName,
    kind: ProblemKind,
    since: Instant,
}

/// Waits until all components are complete.
///
/// # Errors
/// Fails with [`ExitStatus::Failed`] if a component cannot become ready, and with
/// [`ExitStatus::TimedOut`] if one is not ready by the deadline. The message names it.
pub async fn until_complete(
    client: &Client,
    cluster: &str,
    deadline: Instant,
    progress: &dyn Progress,
) -> Result<()> {
    let mut problems: Vec<OngoingProblem> = Vec::new();
    let mut display = Display::new(progress);
    loop {
        // The API may fail for a moment, for example while its server restarts.
        let observed = match observe(client, cluster).await {
            Ok(observed) => observed,
            Err(failure) if Instant::now() >= deadline => return Err(failure),
            Err(failure) => {
                progress.report(ProgressEvent::Detail(&failure.message));
                tokio::time::sleep(POLL_INTERVAL).await;
                continue;
            }
        };
        let components = components(&observed);
        display.show_complete(&components);
        if components.iter().all(|component| component.is_complete) && !components.is_empty() {
            return Ok(());
        }
        let now = Instant::now();
        update_problems(&mut problems, &components, now);
        if let Some(component) = hopeless_component(&components, &problems, now, deadline) {
            return Err(failure_of(client, cluster, component, now >= deadline).await);
        }
        if let Some(component) = components.iter().find(|component| !component.is_complete) {
            display.show_waiting(component);
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}

/// Shows the progress of the components, each change once.
struct Display<'a> {
    progress: &'a dyn Progress,
    started: Instant,
    /// The components that are shown as complete.
    complete: Vec<ComponentName>,
    /// The component that is shown as waited for, and its step.
    step: Option<(ComponentName, Box<dyn ProgressStep>)>,
}

impl<'a> Display<'a> {
    fn new(progress: &'a dyn Progress) -> Self {
        Self { progress, started: Instant::now(), complete: Vec::new(), step: None }
    }

    /// Shows the components that have become complete.
    fn show_complete(&mut self, components: &[Component]) {
        for component in components.iter().filter(|component| component.is_complete) {
            if self.complete.contains(&component.name) {
                continue;
            }
            let text = complete_text(component, self.started);
            match self.step.take_if(|(name, _)| *name == component.name) {
                Some((_, step)) => step.done(&text),
                None => self.progress.report(ProgressEvent::Done(&text)),
            }
            self.complete.push(component.name);
        }
    }

    /// Shows the component that is waited for.
    fn show_waiting(&mut self, component: &Component) {
        // A component that was complete may have lost a pod since.
        self.complete.retain(|name| *name != component.name);
        let text = waiting_text(component);
        match &self.step {
            Some((name, step)) if *name == component.name => step.update(&text),
            _ => self.step = Some((component.name, self.progress.start(&text))),
        }
    }
}

fn complete_text(component: &Component, started: Instant) -> String {
    let pods = count(component.desired.into(), "pod", "pods");
    let seconds = started.elapsed().as_secs();
    format!("The {} is ready: {pods} of {} ({seconds} s)", component.name, component.image)
}

/// Returns a text such as `Waiting for the streamer: 1 of 2 ready; streamer-1: image x: not found`.
fn waiting_text(component: &Component) -> String {
    let mut text = format!("Waiting for the {}: {}", component.name, component.progress());
    if let Some(problem) = &component.problem {
        text.push_str("; ");
        text.push_str(&describe(problem));
    }
    text
}

fn describe(problem: &Problem) -> String {
    match &problem.pod {
        Some(pod) => format!("{pod}: {}", problem.text),
        None => problem.text.clone(),
    }
}

/// Updates since when each component has had the kind of problem that it has now.
fn update_problems(problems: &mut Vec<OngoingProblem>, components: &[Component], now: Instant) {
    for component in components {
        let index = problems.iter().position(|ongoing| ongoing.component == component.name);
        match (&component.problem, index) {
            (None, Some(index)) => {
                problems.remove(index);
            }
            (Some(problem), Some(index)) if problems[index].kind != problem.kind => {
                (problems[index].kind, problems[index].since) = (problem.kind, now);
            }
            (Some(problem), None) => problems.push(OngoingProblem {
                component: component.name,
                kind: problem.kind,
                since: now,
            }),
            _ => {}
        }
    }
}

/// Returns a component that is not worth waiting for: one whose problem lasts too long, or any
/// incomplete one after the deadline. Prefers a component that is stuck to one that waits for it.
fn hopeless_component<'a>(
    components: &'a [Component],
    problems: &[OngoingProblem],
    now: Instant,
    deadline: Instant,
) -> Option<&'a Component> {
    let lasts_too_long = |component: &&Component| {
        problems.iter().any(|ongoing| {
            ongoing.component == component.name
                && grace_period(ongoing.kind).is_some_and(|grace| now - ongoing.since >= grace)
        })
    };
    if let Some(component) = components.iter().find(lasts_too_long) {
        return Some(component);
    }
    if now < deadline {
        return None;
    }
    let is_stuck = |component: &&Component| {
        component.problem.as_ref().is_some_and(|problem| problem.kind.is_stuck())
    };
    components
        .iter()
        .find(is_stuck)
        .or_else(|| components.iter().find(|component| !component.is_complete))
}

/// Returns the failure for a component that does not become ready, with the end of its log.
async fn failure_of(
    client: &Client,
    cluster: &str,
    component: &Component,
    is_after_deadline: bool,
) -> Failure {
    let Some(problem) = &component.problem else {
        return Failure::new(
            ExitStatus::TimedOut,
            format!("the {} was not ready in time: {}", component.name, component.progress()),
        );
    };
    let status = if is_after_deadline && !problem.kind.is_stuck() {
        ExitStatus::TimedOut
    } else {
        ExitStatus::Failed
    };
    let mut message =
        format!("the {} does not become ready: {}", component.name, describe(problem));
    if let (Some(pod), true) = (&problem.pod, problem.kind.is_explained_by_log()) {
        let lines = logs::last_lines(client, cluster, pod).await;
        if !lines.is_empty() {
            message.push_str("; the end of its log:");
            lines.iter().for_each(|line| message.push_str(&format!("\n  {line}")));
        }
    }
    Failure::new(status, message).hint(problem.kind.hint_for(component.name, cluster))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn component(name: ComponentName, problem: Option<ProblemKind>) -> Component {
        let problem = problem.map(|kind| Problem {
            kind,
            pod: Some("p-0".into()),
            text: "why".into(),
            log: Vec::new(),
        });
        Component {
            name,
            desired: 2,
            ready: 1,
            updated: 2,
            is_complete: problem.is_none(),
            image: "i:1".into(),
            pods: Vec::new(),
            problem,
        }
    }

    /// Returns the component that is given up when its problem has lasted for `seconds`, with a
    /// deadline of 100 s.
    fn given_up(components: &[Component], seconds: u64) -> Option<ComponentName> {
        let started = Instant::now();
        let mut problems = Vec::new();
        update_problems(&mut problems, components, started);
        let (now, deadline) =
            (started + Duration::from_secs(seconds), started + Duration::from_secs(100));
        update_problems(&mut problems, components, now);
        hopeless_component(components, &problems, now, deadline).map(|component| component.name)
    }

    #[test]
    fn a_problem_that_waiting_does_not_solve_is_given_up_early() {
        let missing = [component(ComponentName::Web, Some(ProblemKind::Image))];
        assert_eq!(given_up(&missing, 1), None);
        assert_eq!(given_up(&missing, 30), Some(ComponentName::Web));
    }

    #[test]
    fn an_unschedulable_pod_is_waited_for_until_the_deadline() {
        let no_room = [component(ComponentName::Streamer, Some(ProblemKind::Unschedulable))];
        assert_eq!(given_up(&no_room, 99), None);
        assert_eq!(given_up(&no_room, 100), Some(ComponentName::Streamer));
    }

    #[test]
    fn the_stuck_component_is_named_and_not_the_one_that_waits_for_it() {
        let components = [
            component(ComponentName::Database, Some(ProblemKind::Volume)),
            component(ComponentName::Web, Some(ProblemKind::NotReady)),
        ];
        assert_eq!(given_up(&components, 100), Some(ComponentName::Database));
        let other = [
            component(ComponentName::Database, Some(ProblemKind::Starting)),
            component(ComponentName::Web, Some(ProblemKind::Unschedulable)),
        ];
        assert_eq!(given_up(&other, 100), Some(ComponentName::Web));
    }

    #[test]
    fn the_grace_period_restarts_when_the_problem_changes() {
        let start = Instant::now();
        let mut problems = Vec::new();
        let second = |n| start + Duration::from_secs(n);
        let web = |problem| [component(ComponentName::Web, problem)];
        update_problems(&mut problems, &web(Some(ProblemKind::Crash)), second(0));
        let missing_image = web(Some(ProblemKind::Image));
        update_problems(&mut problems, &missing_image, second(50));
        assert!(hopeless_component(&missing_image, &problems, second(60), second(100)).is_none());
        update_problems(&mut problems, &web(None), second(61));
        assert!(problems.is_empty());
    }

    #[tokio::test]
    async fn the_exit_status_distinguishes_a_cause_from_a_delay() {
        let (client, _) = super::super::mock::mock_api(|call| {
            let lines = if call.request.contains("previous=true") { "" } else { "boom" };
            (200, serde_json::Value::String(lines.to_owned()))
        });
        let failure = async |kind, is_after_deadline| {
            let component = component(ComponentName::Web, Some(kind));
            failure_of(&client, "films", &component, is_after_deadline).await
        };
        assert_eq!(failure(ProblemKind::Image, false).await.status, ExitStatus::Failed);
        assert_eq!(failure(ProblemKind::Volume, true).await.status, ExitStatus::Failed);
        let late = failure(ProblemKind::NotReady, true).await;
        assert_eq!(late.status, ExitStatus::TimedOut);
        assert!(late.message.contains("p-0: why") && late.message.contains("boom"));
        assert!(late.hint.unwrap().contains("cluster logs --part web"));
    }
}
