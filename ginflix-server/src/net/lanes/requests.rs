//! Requests for films, answered without the HTTP library: on a connection of
//! plain HTTP/1.1, for as long as nothing else is asked for.
//!
//! Of what a player asks, nearly all is this, and the library's time for a
//! request is more than that of all else which is done for it. What is answered,
//! and how bytes leave, is the same on both ways.

use std::borrow::Cow;
use std::net::IpAddr;
use std::rc::Rc;
use std::time::{Instant, SystemTime};

use ::http::Method;
use ::http::header::HeaderName;

use super::super::in_flight::Requests;
use super::super::request_head::{self, Head, Request, Space};
use super::super::response_head::{ResponseHead, write_field};
use super::super::serving::Serving;
use super::super::transfer::Transfer;
use super::films::{Film, Films};
use crate::config::Config;
use crate::delivery::client::client_address;
use crate::delivery::film::{self, About, Asked};
use crate::delivery::pieces::Pieces;
use crate::delivery::request_id::{RequestId, each_common_field};
use crate::media::OpenMedia;
use crate::metrics::Metrics;

/// What to do about what has come.
#[derive(Debug)]
pub enum Next {
    /// Wait for more of it.
    Nothing,
    /// Answer so, to a request of so many bytes.
    Answer(Answer, usize),
    /// It is not for here: all of it is for the HTTP library.
    Other,
}

/// An answer, beside its head.
#[derive(Debug)]
pub struct Answer {
    /// The film.
    pub film: Rc<Film>,
    /// What follows the head.
    pub pieces: Pieces,
    /// For the log.
    pub transfer: Transfer,
}

/// Where requests are answered: what all connections of a thread share.
pub struct Desk {
    serving: Serving,
    requests: Requests,
    films: Films,
    now: Instant,
    date: SystemTime,
}

impl Desk {
    /// That of a thread.
    pub fn new(serving: Serving) -> Self {
        let requests = Requests::new(serving.metrics.clone());
        let (now, date) = (Instant::now(), SystemTime::now());
        Self { serving, requests, films: Films::default(), now, date }
    }

    /// Looks at the clock, for all who have something to do at the same time.
    pub fn tick(&mut self) {
        (self.now, self.date) = (Instant::now(), SystemTime::now());
    }

    /// When that was.
    pub fn now(&self) -> Instant {
        self.now
    }

    /// Where to count what happens.
    pub fn metrics(&self) -> &Metrics {
        self.requests.metrics()
    }

    /// The settings.
    pub fn config(&self) -> &Config {
        &self.serving.config
    }

    /// Keeps open no film that nobody asks for any more.
    pub fn forget_films(&mut self) {
        self.films.clear();
    }

    /// Whether there are any to forget.
    pub fn knows_films(&self) -> bool {
        !self.films.is_empty()
    }

    /// What to do about what came from `peer`; the head of an answer goes to `head`.
    pub fn next(&mut self, peer: IpAddr, came: &[u8], head: &mut Vec<u8>) -> Next {
        match request_head::parse(came, &mut Space::default()) {
            Head::Partial => Next::Nothing,
            Head::Other => Next::Other,
            Head::Plain(request, length) => match self.answer(peer, &request, head) {
                Some(answer) => Next::Answer(answer, length),
                None => Next::Other,
            },
        }
    }

    /// `None` where the film is not at hand, or nothing of it is to be sent.
    fn answer(
        &mut self,
        peer: IpAddr,
        request: &Request<'_>,
        head: &mut Vec<u8>,
    ) -> Option<Answer> {
        let film = self.films.find(&self.serving, request.target)?;
        let (config, now) = (&self.serving.config, self.date);
        let id = RequestId::at(now);
        let Request { method, fields, .. } = request;
        let asked = Asked { config, id, method, fields: *fields };
        let about = About::of(&film.media);
        let answer = film::answer(&asked, &about, now).ok()?;
        let client = client_address(peer, *fields, &config.trusted_proxies);
        let path = film.path.clone();
        let transfer =
            Transfer::new(id, client, method.clone(), path, self.now, self.requests.begin());
        let mut head = ResponseHead::begin(head, answer.status);
        head.fields(&lasting_fields(config, &film.media, &about, now));
        answer.each_field(|name, value| head.field(name, value));
        each_common_field(id, |name, value| head.field(name, value));
        head.finish(now);
        transfer.answered(answer.status.as_u16());
        let pieces = if *method == Method::HEAD { Pieces::new() } else { answer.into_pieces() };
        Some(Answer { film, pieces, transfer })
    }
}

/// Written once for each open film: they are most of a head.
fn lasting_fields<'a>(
    config: &Config,
    media: &'a OpenMedia,
    about: &About<'_>,
    now: SystemTime,
) -> Cow<'a, [u8]> {
    let write = || {
        let mut text = Vec::new();
        let mut put = |name: &HeaderName, value: &[u8]| write_field(&mut text, name, value);
        film::each_lasting_field(config, about, now, &mut put);
        film::each_origin_field(config, &mut put);
        text.into_boxed_slice()
    };
    match about.modified <= now {
        true => Cow::Borrowed(media.fields.get_or_init(write)),
        // Until then, it changes with each answer.
        false => Cow::Owned(write().into_vec()),
    }
}
