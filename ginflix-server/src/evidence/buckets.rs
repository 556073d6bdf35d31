//! The amounts that one client was sent of one media file, in buckets of time.

use jiff::{SignedDuration, Timestamp};

use crate::catalog::store::SentAmount;

/// The length of a bucket.
pub const BUCKET_PERIOD: SignedDuration = SignedDuration::from_mins(5);
/// How long an amount is remembered that could not be written.
pub const REMEMBERED_PERIOD: SignedDuration = SignedDuration::from_hours(1);

/// The amounts of one client and file that are not in the catalogue, and those of the current
/// bucket.
#[derive(Debug, Default)]
pub struct Buckets {
    /// The part of the running total that is in a bucket.
    counted: SentAmount,
    buckets: Vec<Bucket>,
}

#[derive(Debug, Default, Clone, Copy)]
struct Bucket {
    start: Timestamp,
    sent: SentAmount,
    /// The amount that the catalogue has.
    written: SentAmount,
}

/// Returns the begin of the bucket that a time is in.
pub fn bucket_start(time: Timestamp) -> Timestamp {
    let length = BUCKET_PERIOD.as_secs();
    let second = time.as_second().div_euclid(length) * length;
    Timestamp::from_second(second).unwrap_or(time)
}

impl Buckets {
    /// Adds what the running total has grown by to the bucket of this time.
    pub fn advance(&mut self, total: SentAmount, now: Timestamp) {
        if total == self.counted {
            return;
        }
        let start = bucket_start(now);
        let at = self.buckets.iter().position(|bucket| bucket.start == start);
        let at = at.unwrap_or_else(|| {
            self.buckets.push(Bucket { start, ..Bucket::default() });
            self.buckets.len() - 1
        });
        let sent = &mut self.buckets[at].sent;
        sent.bytes += total.bytes - self.counted.bytes;
        sent.responses += total.responses - self.counted.responses;
        sent.revalidations += total.revalidations - self.counted.revalidations;
        self.counted = total;
    }

    /// Iterates over the buckets that the catalogue does not have in this form: the begin and the
    /// amount of each.
    pub fn unwritten(&self) -> impl Iterator<Item = (Timestamp, SentAmount)> {
        let unwritten = self.buckets.iter().filter(|bucket| bucket.sent != bucket.written);
        unwritten.map(|bucket| (bucket.start, bucket.sent))
    }

    /// Returns whether the catalogue has everything.
    pub fn is_written(&self) -> bool {
        self.unwritten().next().is_none()
    }

    /// Notes that the catalogue has this amount of the bucket that begins at `start`.
    pub fn set_written(&mut self, start: Timestamp, sent: SentAmount) {
        if let Some(bucket) = self.buckets.iter_mut().find(|bucket| bucket.start == start) {
            bucket.written = sent;
        }
    }

    /// Drops the buckets that will not change any more and are written, and those that are too old.
    /// Returns whether one of the latter was not written.
    pub fn drop_old(&mut self, now: Timestamp) -> bool {
        let current = bucket_start(now);
        let mut is_lossy = false;
        self.buckets.retain(|bucket| {
            let is_written = bucket.sent == bucket.written;
            let is_old = now.duration_since(bucket.start) > REMEMBERED_PERIOD + BUCKET_PERIOD;
            is_lossy |= is_old && !is_written;
            !is_old && (!is_written || bucket.start == current)
        });
        is_lossy
    }

    /// Returns whether there is nothing to remember.
    pub fn is_empty(&self) -> bool {
        self.buckets.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    fn bytes(bytes: u64) -> SentAmount {
        SentAmount { bytes, responses: 1, revalidations: 0 }
    }

    #[test]
    fn an_amount_belongs_to_the_time_at_which_it_was_sent() {
        let mut buckets = Buckets::default();
        buckets.advance(bytes(10), at(299));
        buckets.advance(bytes(15), at(300));
        buckets.advance(bytes(15), at(700));
        let five = SentAmount { bytes: 5, ..SentAmount::default() };
        assert_eq!(buckets.unwritten().collect::<Vec<_>>(), [(at(0), bytes(10)), (at(300), five)]);
    }

    #[test]
    fn a_bucket_is_written_again_only_after_a_change() {
        let mut buckets = Buckets::default();
        buckets.advance(bytes(10), at(1));
        buckets.set_written(at(0), bytes(10));
        assert!(buckets.is_written());
        buckets.advance(bytes(12), at(2));
        assert_eq!(buckets.unwritten().collect::<Vec<_>>(), [(at(0), bytes(12))]);
        // What was written meanwhile is not the latest.
        buckets.set_written(at(0), bytes(11));
        assert!(!buckets.is_written());
    }

    #[test]
    fn buckets_are_dropped_when_they_are_written_and_over_or_too_old() {
        let mut buckets = Buckets::default();
        buckets.advance(bytes(10), at(1));
        buckets.set_written(at(0), bytes(10));
        assert!(!buckets.drop_old(at(2)) && !buckets.is_empty());
        assert!(!buckets.drop_old(at(300)) && buckets.is_empty());
        buckets.advance(bytes(20), at(301));
        assert!(!buckets.drop_old(at(3600)) && !buckets.is_empty());
        assert!(buckets.drop_old(at(4201)) && buckets.is_empty());
    }
}
