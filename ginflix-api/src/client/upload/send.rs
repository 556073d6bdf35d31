//! One upload on the wire: create, ask for the offset, send, finish.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, LOCATION};
use reqwest::{Body, Method, RequestBuilder, Response};

use super::{Source, UploadCallback, UploadError, UploadEvent, UploadOptions, hash_to};
use crate::client::{Client, ClientError};
use crate::error::ErrorCode;
use crate::media::{Media, MediaName};
use crate::{paths, tus};

/// The last request of an upload carries at most this, so that the hash of the
/// whole file is known before its header is written.
const TAIL: u64 = 1 << 20;
/// After a break the first request is this short: a server that refuses it
/// can be heard, because all of it fits into the sockets' buffers.
const PROBE: u64 = 16 << 10;
/// A server that takes no byte for this long is given up on.
const STALL: Duration = Duration::from_secs(60);
/// The last request is answered only when all is durable.
const FINISH_STALL: Duration = Duration::from_secs(300);

/// An upload on its way, across any number of connections.
pub(super) struct Transfer<'a> {
    client: &'a Client,
    name: &'a MediaName,
    options: &'a UploadOptions,
    report: &'a UploadCallback,
    size: u64,
    /// Away only while a request reads from it.
    source: Option<Source>,
    location: Option<String>,
    /// What the server is known to have.
    confirmed: u64,
    /// Whether `confirmed` may be behind what the server has.
    unsure: bool,
}

impl<'a> Transfer<'a> {
    pub(super) fn new(
        client: &'a Client,
        name: &'a MediaName,
        options: &'a UploadOptions,
        source: Source,
        report: &'a UploadCallback,
    ) -> Self {
        let location = options.resume.clone();
        let (size, source) = (source.size(), Some(source));
        Self { client, name, options, report, size, source, location, confirmed: 0, unsure: true }
    }

    /// Bytes that the server is known to have.
    pub(super) fn confirmed(&self) -> u64 {
        self.confirmed
    }

    /// Goes on from wherever the upload stands to its end, over one connection.
    /// Returns the hash of the whole file.
    pub(super) async fn attempt(&mut self) -> Result<String, UploadError> {
        if self.location.is_none() {
            self.create().await?;
        } else if self.unsure {
            self.confirmed = match self.offset().await {
                Ok(offset) => offset,
                Err(UploadError::UploadGone) => return self.published_or_lost().await,
                Err(error) => return Err(error),
            };
            self.unsure = false;
            (self.report)(UploadEvent::Resumed(self.confirmed));
            let source = self.take_source()?;
            self.source = Some(hash_to(source, self.confirmed, self.report).await?);
            let probe = self.confirmed + PROBE;
            if probe < self.size.saturating_sub(TAIL) {
                self.stream(probe).await?;
            }
        }
        let tail = self.size.saturating_sub(TAIL);
        if self.confirmed < tail {
            self.stream(tail).await?;
        }
        self.finish().await
    }

    async fn create(&mut self) -> Result<(), UploadError> {
        let sha256 = self.source.as_ref().and_then(Source::sha256);
        let request = creation(self.client, self.name, self.options, self.size, sha256)?;
        let response = self.client.send(request).await.map_err(|e| named(self.name, e))?;
        let location = response
            .headers()
            .get(LOCATION)
            .and_then(|value| value.to_str().ok())
            .ok_or_else(|| unexpected(&response, "created an upload without a Location"))?;
        self.location = Some(self.client.url(location)?.path().to_owned());
        (self.confirmed, self.unsure) = (0, false);
        (self.report)(UploadEvent::Created(self.location.as_deref().unwrap_or_default()));
        Ok(())
    }

    /// Asks how much the server has.
    async fn offset(&self) -> Result<u64, UploadError> {
        let request = self.request(Method::HEAD, self.location())?;
        match self.client.send(request).await {
            Ok(response) => self.read_offset(&response),
            // The answer to HEAD has no body that could name a code.
            Err(
                ClientError::Api { status: 404 | 410, .. }
                | ClientError::Protocol { status: Some(404 | 410), .. },
            ) => Err(UploadError::UploadGone),
            // All of it is there, but its name was taken meanwhile.
            Err(ClientError::Protocol { status: Some(409), .. }) => {
                Err(UploadError::NameTaken(self.name.clone()))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// An upload that is gone was published if the server has its content:
    /// then only the answer was lost. Else the next attempt begins anew.
    async fn published_or_lost(&mut self) -> Result<String, UploadError> {
        let sent = self.source.as_ref().and_then(Source::sha256);
        if let (Some(sent), Some(listed)) = (sent, self.client.media(self.name).await?)
            && listed.media.sha256 == sent
        {
            return Ok(sent);
        }
        self.location = None;
        Err(UploadError::UploadGone)
    }

    /// Sends from where the server stands up to `end`, reading as it goes.
    async fn stream(&mut self, end: u64) -> Result<(), UploadError> {
        let start = self.confirmed;
        let (mut pieces, reader) = self.take_source()?.feed(start..end, self.options.limit_rate);
        let sent = Arc::new(AtomicU64::new(start));
        let (progress, report) = (Arc::clone(&sent), Arc::clone(self.report));
        let body = stream::poll_fn(move |context| {
            let piece = pieces.poll_recv(context);
            if let std::task::Poll::Ready(Some(Ok(bytes))) = &piece {
                let length = bytes.len() as u64;
                let position = progress.fetch_add(length, Ordering::Relaxed) + length;
                report(UploadEvent::Sending(position));
            }
            piece
        });
        let request = self.patch(start)?.header(CONTENT_LENGTH, end - start);
        let request = request.body(Body::wrap_stream(body));
        let answer = run(self.client, request, STALL, &sent).await;
        let (source, read) = reader.stop().await?;
        self.source = Some(source);
        // A file that cannot be read is the cause of the broken request, not its effect.
        read?;
        self.settle(start, answer).await?;
        if self.confirmed < end { Err(self.short(end)) } else { Ok(()) }
    }

    /// Sends the rest together with the hash of the whole file.
    async fn finish(&mut self) -> Result<String, UploadError> {
        let start = self.confirmed;
        let (mut source, size) = (self.take_source()?, self.size);
        let (source, rest) = super::blocking(move || {
            source.hash_to(start, |_| {})?;
            let rest: Bytes = source.read_whole(start..size)?;
            Ok((source, rest))
        })
        .await?;
        let sha256 = source.sha256().ok_or(UploadError::Changed)?;
        self.source = Some(source);
        (self.report)(UploadEvent::Sending(self.size));
        (self.report)(UploadEvent::Finishing);
        let request = self.patch(start)?.header(tus::FILE_SHA256, &sha256).body(rest);
        let answer = run(self.client, request, FINISH_STALL, &AtomicU64::new(0)).await;
        self.settle(start, answer).await?;
        if self.confirmed < self.size { Err(self.short(self.size)) } else { Ok(sha256) }
    }

    fn short(&self, end: u64) -> UploadError {
        let message = format!("the server kept {} of {end} bytes", self.confirmed);
        ClientError::Protocol { status: None, message }.into()
    }

    /// Takes the answer to a PATCH that started at `start`.
    async fn settle(
        &mut self,
        start: u64,
        answer: Result<Response, UploadError>,
    ) -> Result<(), UploadError> {
        match answer {
            Ok(response) => {
                self.confirmed = self.read_offset(&response)?;
                Ok(())
            }
            Err(UploadError::Client(ClientError::Api { status: 409, detail })) => {
                let refused = ClientError::Api { status: 409, detail };
                let offset = self.offset().await?;
                self.unsure = true;
                if offset == start || offset == self.size {
                    // Not a matter of offsets: the name was taken meanwhile.
                    return Err(named(self.name, refused));
                }
                Err(UploadError::OffsetMismatch)
            }
            Err(UploadError::Client(ClientError::Api { status: 404 | 410, .. })) => {
                self.published_or_lost().await?;
                self.confirmed = self.size;
                Ok(())
            }
            Err(error) => {
                self.unsure = true;
                Err(error)
            }
        }
    }

    fn patch(&self, offset: u64) -> Result<RequestBuilder, UploadError> {
        Ok(self
            .request(Method::PATCH, self.location())?
            .header(CONTENT_TYPE, tus::OFFSET_OCTET_STREAM)
            .header(tus::UPLOAD_OFFSET, offset))
    }

    fn request(&self, method: Method, location: &str) -> Result<RequestBuilder, UploadError> {
        request(self.client, method, location).map_err(Into::into)
    }

    fn location(&self) -> &str {
        self.location.as_deref().unwrap_or(paths::UPLOADS)
    }

    fn read_offset(&self, response: &Response) -> Result<u64, UploadError> {
        response
            .headers()
            .get(tus::UPLOAD_OFFSET)
            .and_then(|value| value.to_str().ok()?.parse().ok())
            .filter(|offset| *offset <= self.size)
            .ok_or_else(|| unexpected(response, "named no usable Upload-Offset"))
    }

    fn take_source(&mut self) -> Result<Source, UploadError> {
        self.source.take().ok_or(UploadError::Changed)
    }
}

/// Sends all of a small file with its creation. The answer is the file as the
/// server has it; `None` from a server that does not say.
pub(super) async fn whole(
    client: &Client,
    name: &MediaName,
    options: &UploadOptions,
    bytes: Bytes,
    sha256: &str,
) -> Result<Option<Media>, UploadError> {
    let size = bytes.len() as u64;
    let request = creation(client, name, options, size, Some(sha256.to_owned()))?
        .header(CONTENT_TYPE, tus::OFFSET_OCTET_STREAM)
        .body(bytes);
    let answer = run(client, request, FINISH_STALL, &AtomicU64::new(0)).await;
    let response = match answer {
        Ok(response) => response,
        Err(UploadError::Client(error)) => return Err(named(name, error)),
        Err(error) => return Err(error),
    };
    let body = response.bytes().await.map_err(|e| ClientError::transport(&client.base, &e))?;
    Ok(serde_json::from_slice(&body).ok())
}

fn creation(
    client: &Client,
    name: &MediaName,
    options: &UploadOptions,
    size: u64,
    sha256: Option<String>,
) -> Result<RequestBuilder, ClientError> {
    let UploadOptions { replace, any_type, .. } = *options;
    let metadata = tus::Metadata { name: name.clone(), sha256, replace, any_type };
    Ok(request(client, Method::POST, paths::UPLOADS)?
        .header(tus::UPLOAD_LENGTH, size)
        .header(tus::UPLOAD_METADATA, metadata.to_header()))
}

/// Runs a request until it is answered or `progress` stands still too long.
async fn run(
    client: &Client,
    request: RequestBuilder,
    stall: Duration,
    progress: &AtomicU64,
) -> Result<Response, UploadError> {
    let stalled = async {
        let mut last = progress.load(Ordering::Relaxed);
        loop {
            tokio::time::sleep(stall).await;
            let now = progress.load(Ordering::Relaxed);
            if now == last {
                return;
            }
            last = now;
        }
    };
    tokio::select! {
        answer = client.send(request) => Ok(answer?),
        () = stalled => Err(UploadError::Stalled(stall.as_secs())),
    }
}

/// A conflict is about the name.
fn named(name: &MediaName, error: ClientError) -> UploadError {
    match error.code() {
        Some(ErrorCode::Conflict) => UploadError::NameTaken(name.clone()),
        _ => error.into(),
    }
}

/// Throws an upload away; one that is gone already is no error.
pub(super) async fn discard(client: &Client, location: &str) -> Result<(), ClientError> {
    match client.send(request(client, Method::DELETE, location)?).await {
        Ok(_) => Ok(()),
        Err(ClientError::Api { status: 404 | 410, .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

fn request(client: &Client, method: Method, location: &str) -> Result<RequestBuilder, ClientError> {
    let url = client.url(location)?;
    Ok(client.uploads.request(method, url).header(tus::TUS_RESUMABLE, tus::VERSION))
}

fn unexpected(response: &Response, what: &str) -> UploadError {
    let status = response.status().as_u16();
    ClientError::Protocol { status: Some(status), message: format!("the server {what}") }.into()
}
