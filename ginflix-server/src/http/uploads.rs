//! Uploads by tus 1.0 (<https://tus.io/protocols/resumable-upload>).

use ginflix_api::error::ErrorCode;
use ginflix_api::tus::Metadata;
use ginflix_api::{paths, tus};
use uuid::Uuid;
use warp::http::header::{CACHE_CONTROL, HeaderMap, HeaderValue, LOCATION};
use warp::http::{Method, StatusCode};
use warp::reply::Response;

use super::audit::Note;
use super::refusable::Refusable;
use super::request::Req;
use super::{forward, reply, tus_headers, upload_origins};
use crate::app::App;
use crate::audit::Action;
use crate::error::AppError;
use crate::media::upload::UploadStatus;

/// `OPTIONS /api/v1/uploads`: what is spoken.
pub async fn options(req: Req) -> Result<Response, AppError> {
    let mut response = reply::empty(StatusCode::NO_CONTENT);
    let headers = response.headers_mut();
    headers.insert(tus::TUS_RESUMABLE, HeaderValue::from_static(tus::VERSION));
    headers.insert(tus::TUS_VERSION, HeaderValue::from_static(tus::VERSION));
    headers.insert(tus::TUS_EXTENSION, HeaderValue::from_static(tus_headers::EXTENSIONS));
    headers.insert(tus::TUS_MAX_SIZE, req.app.config.max_upload_bytes.into());
    let algorithms = HeaderValue::from_static(tus_headers::CHECKSUM_ALGORITHMS);
    headers.insert("tus-checksum-algorithm", algorithms);
    upload_origins::allow(&req.app.config.upload_origins, &req.headers, headers);
    Ok(response)
}

/// `OPTIONS /api/v1/uploads/{id}`: the same of one upload, whether it is there or not.
pub async fn options_of(req: Req, _: Uuid) -> Result<Response, AppError> {
    options(req).await
}

/// `POST /api/v1/uploads`: starts an upload, perhaps with its first bytes.
pub async fn create(req: Req) -> Result<Response, AppError> {
    speak(req, async |app, headers, body| {
        let about = tus_headers::new_upload(&headers)?;
        let mut first = match tus_headers::has_content(&headers) {
            true => Some(tus_headers::append(&headers, 0)?),
            false => None,
        };
        let uploads = app.storage()?.uploads.clone();
        if let Some(all) = first.take_if(|first| uploads.fits_in_one_request(&about, first)) {
            let (status, media) = uploads.store_in_one_request(about, all, body).await?;
            return created(reply::json(StatusCode::CREATED, &media)?, &status);
        }
        let mut status = uploads.create(about).await?;
        if let Some(first) = first {
            status = match uploads.append(status.id, first, body).await {
                Ok(status) => status,
                Err(error) => {
                    // The client never learns where this upload is.
                    let _ = uploads.discard(status.id).await;
                    return Err(error.into());
                }
            };
        }
        created(reply::empty(StatusCode::CREATED), &status)
    })
    .await
}

/// Adds to the answer where the new upload is, and how far.
fn created(mut response: Response, status: &UploadStatus) -> Result<Response, AppError> {
    let location = HeaderValue::from_str(&paths::upload(status.id));
    response.headers_mut().insert(LOCATION, location.map_err(AppError::internal)?);
    tus_headers::tell_progress(response.headers_mut(), status);
    note_if_whole(&mut response, status);
    Ok(response)
}

/// For the audit log: the upload has become media.
fn note_if_whole(response: &mut Response, status: &UploadStatus) {
    if status.offset == status.length {
        let note = Note {
            action: Some(Action::FinishUpload),
            target: Metadata::parse(&status.metadata).ok().map(|about| paths::media(&about.name)),
            ..Note::default()
        };
        response.extensions_mut().insert(note);
    }
}

/// `HEAD /api/v1/uploads/{id}`: how far it is.
pub async fn progress(req: Req, id: Uuid) -> Result<Response, AppError> {
    match forward::owner(&req, id).await? {
        Some(owner) => forward::pass_on(req, Method::HEAD, owner, id).await,
        None => progress_here(req, id).await,
    }
}

/// How far an upload of this volume is.
pub async fn progress_here(req: Req, id: Uuid) -> Result<Response, AppError> {
    speak(req, async |app, _, _| {
        let status = app.storage()?.uploads.status(id).await?;
        let mut response = reply::empty(StatusCode::OK);
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(tus::UPLOAD_LENGTH, status.length.into());
        if let Ok(metadata) = HeaderValue::from_str(&status.metadata) {
            headers.insert(tus::UPLOAD_METADATA, metadata);
        }
        tus_headers::tell_progress(headers, &status);
        Ok(response)
    })
    .await
}

/// `PATCH /api/v1/uploads/{id}`: more of it.
pub async fn append(req: Req, id: Uuid) -> Result<Response, AppError> {
    match forward::owner(&req, id).await? {
        Some(owner) => forward::pass_on(req, Method::PATCH, owner, id).await,
        None => append_here(req, id).await,
    }
}

/// More of an upload of this volume.
pub async fn append_here(req: Req, id: Uuid) -> Result<Response, AppError> {
    speak(req, async |app, headers, body| {
        if !tus_headers::has_content(&headers) {
            let wanted = tus::OFFSET_OCTET_STREAM;
            return Err(AppError::UnsupportedType(format!("Content-Type must be {wanted}")));
        }
        let more = tus_headers::append(&headers, tus_headers::offset(&headers)?)?;
        let status = app.storage()?.uploads.append(id, more, body).await?;
        let mut response = reply::empty(StatusCode::NO_CONTENT);
        tus_headers::tell_progress(response.headers_mut(), &status);
        note_if_whole(&mut response, &status);
        Ok(response)
    })
    .await
}

/// `DELETE /api/v1/uploads/{id}`: ends it.
pub async fn discard(req: Req, id: Uuid) -> Result<Response, AppError> {
    match forward::owner(&req, id).await? {
        Some(owner) => forward::pass_on(req, Method::DELETE, owner, id).await,
        None => discard_here(req, id).await,
    }
}

/// Ends an upload of this volume.
pub async fn discard_here(req: Req, id: Uuid) -> Result<Response, AppError> {
    speak(req, async |app, _, _| {
        app.storage()?.uploads.discard(id).await?;
        let mut response = reply::empty(StatusCode::NO_CONTENT);
        let action = Some(Action::DiscardUpload);
        response.extensions_mut().insert(Note { action, ..Note::default() });
        Ok(response)
    })
    .await
}

/// `POST /api/v1/uploads/{id}`: for clients whose way lets through GET and POST only.
pub async fn overridden(req: Req, id: Uuid) -> Result<Response, AppError> {
    match req.header("x-http-method-override") {
        Some("PATCH") => append(req, id).await,
        Some("HEAD") => progress(req, id).await,
        Some("DELETE") => discard(req, id).await,
        _ => Err(AppError::invalid("X-HTTP-Method-Override", "must be PATCH, HEAD or DELETE")),
    }
}

/// Checks the protocol's version and puts it on every answer, errors too.
async fn speak<F>(req: Req, handler: F) -> Result<Response, AppError>
where
    F: AsyncFnOnce(App, HeaderMap, Refusable) -> Result<Response, AppError>,
{
    let id = req.origin.id;
    let (app, headers) = (req.app.clone(), req.headers.clone());
    let (config, asked) = (app.config.clone(), headers.clone());
    let body = Refusable::new(req.into_body());
    let mut response = if headers.get(tus::TUS_RESUMABLE).is_some_and(|v| v == tus::VERSION) {
        handler(app, headers, body).await.unwrap_or_else(|error| reply::error(&error, &id))
    } else {
        let mut response = reply::error_body(
            StatusCode::PRECONDITION_FAILED,
            ErrorCode::PreconditionFailed,
            format!("Tus-Resumable must be {}", tus::VERSION),
            &id,
        );
        let versions = HeaderValue::from_static(tus::VERSION);
        response.headers_mut().insert(tus::TUS_VERSION, versions);
        response
    };
    response.headers_mut().insert(tus::TUS_RESUMABLE, HeaderValue::from_static(tus::VERSION));
    upload_origins::allow(&config.upload_origins, &asked, response.headers_mut());
    Ok(response)
}
