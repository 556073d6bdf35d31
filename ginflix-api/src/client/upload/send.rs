//! The requests of one upload: create it, fetch its offset, send content, complete it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, LOCATION};
use reqwest::{Body, Method, RequestBuilder, Response};

use super::{UploadCallback, UploadError, UploadEvent, UploadOptions, UploadSource, hash_up_to};
use crate::client::{Client, ClientError};
use crate::error::ErrorCode;
use crate::media::MediaName;
use crate::replica::ListedMedia;
use crate::{paths, tus};

/// The size of the last request's content. It is small, because the hash of the whole file
/// is sent in its header section, so the content is read before the request starts.
const LAST_REQUEST_BYTES: u64 = 1 << 20;
/// The size of the content of the first request after a broken connection. It fits into the
/// sockets' buffers, so that the response of a server that refuses it is received.
const PROBE_BYTES: u64 = 16 << 10;
/// The longest time in which the server accepts no data.
const STALL_TIMEOUT: Duration = Duration::from_secs(60);
/// The longest time until the response to the last request, which the server sends
/// after the file is verified and durable.
const FINISH_TIMEOUT: Duration = Duration::from_secs(300);

/// An upload in progress, which may span several connections.
pub(super) struct UploadSession<'a> {
    client: &'a Client,
    name: &'a MediaName,
    options: &'a UploadOptions,
    callback: &'a UploadCallback,
    size: u64,
    /// The file; `None` only while a request reads from it.
    source: Option<UploadSource>,
    location: Option<String>,
    /// The offset that the server has confirmed.
    confirmed_offset: u64,
    /// Whether the server may have more than `confirmed_offset`.
    is_offset_stale: bool,
}

impl<'a> UploadSession<'a> {
    pub(super) fn new(
        client: &'a Client,
        name: &'a MediaName,
        options: &'a UploadOptions,
        source: UploadSource,
        callback: &'a UploadCallback,
    ) -> Self {
        let location = options.resume.clone();
        let (size, source) = (source.size(), Some(source));
        Self {
            client,
            name,
            options,
            callback,
            size,
            source,
            location,
            confirmed_offset: 0,
            is_offset_stale: true,
        }
    }

    /// Returns the offset that the server has confirmed.
    pub(super) fn confirmed_offset(&self) -> u64 {
        self.confirmed_offset
    }

    /// Sends the rest of the file, and returns the hash of the whole file.
    ///
    /// The first failure ends the attempt; the next one resumes from the offset
    /// that the server has.
    pub(super) async fn attempt(&mut self) -> Result<String, UploadError> {
        if self.location.is_none() {
            self.create().await?;
        } else if self.is_offset_stale {
            self.confirmed_offset = match self.fetch_offset().await {
                Ok(offset) => offset,
                Err(UploadError::Gone) => return self.published_or_gone().await,
                Err(error) => return Err(error),
            };
            self.is_offset_stale = false;
            (self.callback)(UploadEvent::Resumed(self.confirmed_offset));
            let source = self.take_source()?;
            self.source = Some(hash_up_to(source, self.confirmed_offset, self.callback).await?);
            let probe = self.confirmed_offset + PROBE_BYTES;
            if probe < self.size.saturating_sub(LAST_REQUEST_BYTES) {
                self.send_until(probe).await?;
            }
        }
        let tail = self.size.saturating_sub(LAST_REQUEST_BYTES);
        if self.confirmed_offset < tail {
            self.send_until(tail).await?;
        }
        self.finish().await
    }

    /// Creates the upload on the server.
    async fn create(&mut self) -> Result<(), UploadError> {
        let sha256 = self.source.as_ref().and_then(UploadSource::sha256);
        let request = creation_request(self.client, self.name, self.options, self.size, sha256)?;
        let response = self.client.send(request).await.map_err(|e| name_conflict(self.name, e))?;
        let location = response
            .headers()
            .get(LOCATION)
            .and_then(|value| value.to_str().ok())
            .ok_or_else(|| unexpected(&response, "created an upload without a Location"))?;
        self.location = Some(self.client.url(location)?.path().to_owned());
        (self.confirmed_offset, self.is_offset_stale) = (0, false);
        (self.callback)(UploadEvent::Created(self.location.as_deref().unwrap_or_default()));
        Ok(())
    }

    /// Fetches the offset of the upload from the server.
    async fn fetch_offset(&self) -> Result<u64, UploadError> {
        let request = self.request(Method::HEAD, self.location())?;
        match self.client.send(request).await {
            Ok(response) => self.read_offset(&response),
            // The response to HEAD has no content, and so no error code.
            Err(
                ClientError::Api { status: 404 | 410, .. }
                | ClientError::Protocol { status: Some(404 | 410), .. },
            ) => Err(UploadError::Gone),
            // The upload is complete, but its name was taken in the meantime.
            Err(ClientError::Protocol { status: Some(409), .. }) => {
                Err(UploadError::NameTaken(self.name.clone()))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Handles an upload that no longer exists. If the server has a media file
    /// with its content, the upload was published and only the response was
    /// lost. Otherwise the next attempt creates a new upload.
    async fn published_or_gone(&mut self) -> Result<String, UploadError> {
        let sent = self.source.as_ref().and_then(UploadSource::sha256);
        if let (Some(sent), Some(listed)) = (sent, self.client.media(self.name).await?)
            && listed.media.has_sha256(&sent)
        {
            return Ok(sent);
        }
        self.location = None;
        Err(UploadError::Gone)
    }

    /// Sends the file from the confirmed offset to `end`, while a thread reads and hashes it.
    async fn send_until(&mut self, end: u64) -> Result<(), UploadError> {
        let start = self.confirmed_offset;
        let (mut chunks, reader) =
            self.take_source()?.spawn_reader(start..end, self.options.limit_rate);
        let sent = Arc::new(AtomicU64::new(start));
        let (progress, callback) = (Arc::clone(&sent), Arc::clone(self.callback));
        let body = stream::poll_fn(move |context| {
            let chunk = chunks.poll_recv(context);
            if let std::task::Poll::Ready(Some(Ok(bytes))) = &chunk {
                let length = bytes.len() as u64;
                let position = progress.fetch_add(length, Ordering::Relaxed) + length;
                callback(UploadEvent::Sending(position));
            }
            chunk
        });
        let request = self.patch(start)?.header(CONTENT_LENGTH, end - start);
        let request = request.body(Body::wrap_stream(body));
        let response = send_request(self.client, request, STALL_TIMEOUT, &sent).await;
        let (source, read) = reader.stop().await?;
        self.source = Some(source);
        // A read error comes first: it is the cause of the broken request.
        read?;
        self.handle_patch_response(start, response).await?;
        if self.confirmed_offset < end { Err(self.incomplete(end)) } else { Ok(()) }
    }

    /// Sends the last part of the file, with the hash of the whole file.
    async fn finish(&mut self) -> Result<String, UploadError> {
        let start = self.confirmed_offset;
        let (mut source, size) = (self.take_source()?, self.size);
        let (source, content) = super::blocking(move || {
            source.hash_up_to(start, |_| {})?;
            let content: Bytes = source.read_range(start..size)?;
            Ok((source, content))
        })
        .await?;
        let sha256 = source.sha256().ok_or(UploadError::Changed)?;
        self.source = Some(source);
        (self.callback)(UploadEvent::Sending(self.size));
        (self.callback)(UploadEvent::Finishing);
        let mut request = self.patch(start)?.header(tus::FILE_SHA256, &sha256).body(content);
        if self.options.accept_damaged {
            request = request.header(tus::ACCEPT_DAMAGED, "true");
        }
        let response = send_request(self.client, request, FINISH_TIMEOUT, &AtomicU64::new(0)).await;
        self.handle_patch_response(start, response).await?;
        if self.confirmed_offset < self.size { Err(self.incomplete(self.size)) } else { Ok(sha256) }
    }

    /// Creates the error of a request whose content the server did not keep up to `end`.
    fn incomplete(&self, end: u64) -> UploadError {
        let message =
            format!("the server kept only the first {} of {end} bytes", self.confirmed_offset);
        ClientError::Protocol { status: None, message }.into()
    }

    /// Updates the confirmed offset from the response to a `PATCH` that started at `start`.
    async fn handle_patch_response(
        &mut self,
        start: u64,
        response: Result<Response, UploadError>,
    ) -> Result<(), UploadError> {
        match response {
            Ok(response) => {
                self.confirmed_offset = self.read_offset(&response)?;
                Ok(())
            }
            Err(UploadError::Client(ClientError::Api { status: 409, detail })) => {
                let refused = ClientError::Api { status: 409, detail };
                let offset = self.fetch_offset().await?;
                self.is_offset_stale = true;
                if offset == start || offset == self.size {
                    // The conflict is not about the offset: the name was taken in the meantime.
                    return Err(name_conflict(self.name, refused));
                }
                Err(UploadError::OffsetMismatch)
            }
            Err(UploadError::Client(ClientError::Api { status: 404 | 410, .. })) => {
                self.published_or_gone().await?;
                self.confirmed_offset = self.size;
                Ok(())
            }
            Err(error) => {
                self.is_offset_stale = true;
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
            .ok_or_else(|| unexpected(response, "sent no valid Upload-Offset"))
    }

    fn take_source(&mut self) -> Result<UploadSource, UploadError> {
        self.source.take().ok_or(UploadError::Changed)
    }
}

/// Creates an upload and sends the whole content in the same request. Returns the
/// published file, or `None` if the response does not contain it.
pub(super) async fn create_with_content(
    client: &Client,
    name: &MediaName,
    options: &UploadOptions,
    bytes: Bytes,
    sha256: &str,
) -> Result<Option<ListedMedia>, UploadError> {
    let size = bytes.len() as u64;
    let request = creation_request(client, name, options, size, Some(sha256.to_owned()))?
        .header(CONTENT_TYPE, tus::OFFSET_OCTET_STREAM)
        .body(bytes);
    let response = send_request(client, request, FINISH_TIMEOUT, &AtomicU64::new(0)).await;
    let response = match response {
        Ok(response) => response,
        Err(UploadError::Client(error)) => return Err(name_conflict(name, error)),
        Err(error) => return Err(error),
    };
    let body = response.bytes().await.map_err(|e| ClientError::transport(&client.base, &e))?;
    Ok(serde_json::from_slice(&body).ok())
}

fn creation_request(
    client: &Client,
    name: &MediaName,
    options: &UploadOptions,
    size: u64,
    sha256: Option<String>,
) -> Result<RequestBuilder, ClientError> {
    let UploadOptions { replace, any_type, accept_damaged, .. } = *options;
    let (name, original_name) = (name.clone(), options.original_name.clone());
    let metadata = tus::Metadata { name, original_name, sha256, replace, any_type, accept_damaged };
    Ok(request(client, Method::POST, paths::UPLOADS)?
        .header(tus::UPLOAD_LENGTH, size)
        .header(tus::UPLOAD_METADATA, metadata.to_header()))
}

/// Sends a request. Fails with [`UploadError::Stalled`] if `progress` does not change
/// for `stall` while there is no response.
async fn send_request(
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
        response = client.send(request) => Ok(response?),
        () = stalled => Err(UploadError::Stalled(stall.as_secs())),
    }
}

/// Converts an error: a conflict becomes [`UploadError::NameTaken`].
fn name_conflict(name: &MediaName, error: ClientError) -> UploadError {
    match error.code() {
        Some(ErrorCode::Conflict) => UploadError::NameTaken(name.clone()),
        _ => error.into(),
    }
}

/// Discards an upload. An upload that no longer exists is no error.
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

/// Creates the error of a response that breaks the protocol.
fn unexpected(response: &Response, what: &str) -> UploadError {
    let status = response.status().as_u16();
    ClientError::Protocol { status: Some(status), message: format!("the server {what}") }.into()
}
