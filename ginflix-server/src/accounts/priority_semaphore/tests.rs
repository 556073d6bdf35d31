use std::task::Poll;

use futures_util::future::BoxFuture;
use futures_util::{FutureExt, poll};

use super::*;

const FIRST: Priority = Priority::Low { attempts: 1 };
const SECOND: Priority = Priority::Low { attempts: 2 };

/// A task that waits in the queue.
async fn waiting(
    semaphore: &PrioritySemaphore,
    priority: Priority,
) -> BoxFuture<'static, Option<PriorityPermit>> {
    let semaphore = semaphore.clone();
    let mut task = async move { semaphore.acquire(priority).await }.boxed();
    assert!(poll!(&mut task).is_pending());
    task
}

#[tokio::test]
async fn high_priority_goes_first_then_fewer_attempts_then_the_newest() {
    let semaphore = PrioritySemaphore::new(1);
    let mut running = semaphore.acquire(FIRST).await.unwrap();
    let mut tasks = Vec::new();
    for (expected, priority) in
        [(5, SECOND), (4, FIRST), (1, Priority::High), (3, FIRST), (2, FIRST)]
    {
        tasks.push((expected, waiting(&semaphore, priority).await));
    }
    // A task that gave up is passed over.
    drop(waiting(&semaphore, FIRST).await);
    tasks.sort_by_key(|(expected, _)| *expected);
    for (_, task) in &mut tasks {
        drop(running);
        let Poll::Ready(Some(permit)) = poll!(task) else { panic!("another task went first") };
        running = permit;
    }
    drop(running);
    assert_eq!(semaphore.lock().available, 1);
}

#[tokio::test]
async fn a_full_queue_refuses_the_oldest_of_those_with_the_most_attempts() {
    let semaphore = PrioritySemaphore::new(1);
    let running = semaphore.acquire(FIRST).await.unwrap();
    let mut tasks = Vec::new();
    for n in 0..LOW_CAPACITY {
        tasks.push(waiting(&semaphore, if n < 2 { SECOND } else { FIRST }).await);
    }
    assert!(semaphore.acquire(Priority::Low { attempts: 3 }).await.is_none());
    let mut newest = waiting(&semaphore, FIRST).await;
    assert!(matches!(poll!(&mut tasks[0]), Poll::Ready(None)));
    assert!(poll!(&mut tasks[1]).is_pending());
    // Places of tasks that gave up are used first.
    tasks.pop();
    let mut second = waiting(&semaphore, SECOND).await;
    assert!(poll!(&mut tasks[1]).is_pending());
    let mut high = waiting(&semaphore, Priority::High).await;
    drop(running);
    let Poll::Ready(Some(running)) = poll!(&mut high) else { panic!("not in a queue of its own") };
    drop(running);
    assert!(matches!(poll!(&mut newest), Poll::Ready(Some(_))));
    assert!(poll!(&mut second).is_pending());
}

#[tokio::test]
async fn a_permit_that_was_sent_to_an_abandoned_task_is_released() {
    let semaphore = PrioritySemaphore::new(1);
    let running = semaphore.acquire(FIRST).await.unwrap();
    let task = waiting(&semaphore, FIRST).await;
    drop(running);
    // The permit is in the channel, and nobody receives it.
    drop(task);
    assert!(semaphore.acquire(FIRST).now_or_never().is_some());
}
