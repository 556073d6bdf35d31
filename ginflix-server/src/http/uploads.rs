//! Resumable uploads by tus 1.0 (<https://tus.io/protocols/resumable-upload>).

use ginflix_api::error::ErrorCode;
use ginflix_api::media::MediaName;
use ginflix_api::tus::Metadata;
use ginflix_api::{paths, tus};
use ginflix_subtitles::format::is_subtitle_file;
use uuid::Uuid;
use warp::http::header::{CACHE_CONTROL, HeaderMap, HeaderValue, LOCATION};
use warp::http::{Method, StatusCode};
use warp::reply::Response;

use super::audit::AuditOverride;
use super::drain_on_drop::DrainOnDrop;
use super::request::AuthorizedRequest;
use super::{forward, reply, tus_headers, upload_cors};
use crate::app::App;
use crate::audit::AuditAction;
use crate::error::AppError;
use crate::media::upload::UploadStatus;

/// `OPTIONS /api/v1/uploads`: returns the supported version and extensions of tus.
pub async fn options(req: AuthorizedRequest) -> Result<Response, AppError> {
    let mut response = reply::empty(StatusCode::NO_CONTENT);
    let headers = response.headers_mut();
    headers.insert(tus::TUS_RESUMABLE, HeaderValue::from_static(tus::VERSION));
    headers.insert(tus::TUS_VERSION, HeaderValue::from_static(tus::VERSION));
    headers.insert(tus::TUS_EXTENSION, HeaderValue::from_static(tus_headers::EXTENSIONS));
    headers.insert(tus::TUS_MAX_SIZE, req.app.config.max_upload_bytes.into());
    let algorithms = HeaderValue::from_static(tus_headers::CHECKSUM_ALGORITHMS);
    headers.insert("tus-checksum-algorithm", algorithms);
    upload_cors::set_headers(&req.app.config.upload_origins, &req.headers, headers);
    Ok(response)
}

/// `OPTIONS /api/v1/uploads/{id}`: responds as [`options`] does, whether the upload exists or not.
pub async fn options_of(req: AuthorizedRequest, _: Uuid) -> Result<Response, AppError> {
    options(req).await
}

/// `POST /api/v1/uploads`: creates an upload, optionally with its first bytes.
pub async fn create(req: AuthorizedRequest) -> Result<Response, AppError> {
    with_tus_version(req, async |app, headers, body| {
        let new = tus_headers::new_upload(&headers)?;
        refuse_subtitles(&new.name)?;
        let mut first = match tus_headers::has_content(&headers) {
            true => Some(tus_headers::append(&headers, 0)?),
            false => None,
        };
        let uploads = app.storage()?.uploads.clone();
        if let Some(content) = first.take_if(|first| uploads.fits_in_one_request(&new, first)) {
            let (status, media) = uploads.store_in_one_request(new, content, body).await?;
            return created(reply::json(StatusCode::CREATED, &media)?, &status);
        }
        let mut status = uploads.create(new).await?;
        if let Some(first) = first {
            status = match uploads.append(status.id, first, body).await {
                Ok(status) => status,
                Err(error) => {
                    // The client does not get the location, so it could never continue this upload.
                    let _ = uploads.discard(status.id).await;
                    return Err(error.without_upload().into());
                }
            };
        }
        created(reply::empty(StatusCode::CREATED), &status)
    })
    .await
}

/// Refuses a subtitle file, which belongs to a media file and is none itself.
fn refuse_subtitles(name: &MediaName) -> Result<(), AppError> {
    if !is_subtitle_file(name.as_str()) {
        return Ok(());
    }
    Err(AppError::UnsupportedType(format!(
        "{name} is a subtitle file, which belongs to a media file: add it with `ginflix subtitles add` or \
         POST /api/v1/media/NAME/subtitles"
    )))
}

/// Adds the location and the offset of the new upload to the response.
fn created(mut response: Response, status: &UploadStatus) -> Result<Response, AppError> {
    let location = HeaderValue::from_str(&paths::upload(status.id));
    response.headers_mut().insert(LOCATION, location.map_err(AppError::internal)?);
    tus_headers::set_progress(response.headers_mut(), status);
    audit_if_complete(&mut response, status);
    Ok(response)
}

/// Tells the audit log that the upload has become a media file, if it is complete.
fn audit_if_complete(response: &mut Response, status: &UploadStatus) {
    if status.is_published {
        let published = AuditOverride {
            action: Some(AuditAction::FinishUpload),
            target: Metadata::parse(&status.metadata).ok().map(|meta| paths::media(&meta.name)),
            ..AuditOverride::default()
        };
        response.extensions_mut().insert(published);
    }
}

/// `HEAD /api/v1/uploads/{id}`: returns the offset of an upload.
pub async fn progress(req: AuthorizedRequest, id: Uuid) -> Result<Response, AppError> {
    match forward::find_owner(&req, id).await? {
        Some(owner) => forward::forward(req, Method::HEAD, owner, id).await,
        None => progress_here(req, id).await,
    }
}

/// Returns the offset of an upload of this volume.
pub async fn progress_here(req: AuthorizedRequest, id: Uuid) -> Result<Response, AppError> {
    with_tus_version(req, async |app, _, _| {
        let status = app.storage()?.uploads.status(id).await?;
        let mut response = reply::empty(StatusCode::OK);
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(tus::UPLOAD_LENGTH, status.length.into());
        if let Ok(metadata) = HeaderValue::from_str(&status.metadata) {
            headers.insert(tus::UPLOAD_METADATA, metadata);
        }
        tus_headers::set_progress(headers, &status);
        Ok(response)
    })
    .await
}

/// `PATCH /api/v1/uploads/{id}`: appends to an upload.
pub async fn append(req: AuthorizedRequest, id: Uuid) -> Result<Response, AppError> {
    match forward::find_owner(&req, id).await? {
        Some(owner) => forward::forward(req, Method::PATCH, owner, id).await,
        None => append_here(req, id).await,
    }
}

/// Appends to an upload of this volume.
pub async fn append_here(req: AuthorizedRequest, id: Uuid) -> Result<Response, AppError> {
    with_tus_version(req, async |app, headers, body| {
        if !tus_headers::has_content(&headers) {
            let expected = tus::OFFSET_OCTET_STREAM;
            return Err(AppError::UnsupportedType(format!("Content-Type must be {expected}")));
        }
        let append = tus_headers::append(&headers, tus_headers::offset(&headers)?)?;
        let status = app.storage()?.uploads.append(id, append, body).await?;
        let mut response = reply::empty(StatusCode::NO_CONTENT);
        tus_headers::set_progress(response.headers_mut(), &status);
        audit_if_complete(&mut response, &status);
        Ok(response)
    })
    .await
}

/// `DELETE /api/v1/uploads/{id}`: discards an upload.
pub async fn discard(req: AuthorizedRequest, id: Uuid) -> Result<Response, AppError> {
    match forward::find_owner(&req, id).await? {
        Some(owner) => forward::forward(req, Method::DELETE, owner, id).await,
        None => discard_here(req, id).await,
    }
}

/// Discards an upload of this volume.
pub async fn discard_here(req: AuthorizedRequest, id: Uuid) -> Result<Response, AppError> {
    with_tus_version(req, async |app, _, _| {
        app.storage()?.uploads.discard(id).await?;
        let mut response = reply::empty(StatusCode::NO_CONTENT);
        let action = Some(AuditAction::DiscardUpload);
        response.extensions_mut().insert(AuditOverride { action, ..AuditOverride::default() });
        Ok(response)
    })
    .await
}

/// `POST /api/v1/uploads/{id}`: takes the method from `X-HTTP-Method-Override`, for clients behind
/// a proxy that lets only GET and POST pass.
pub async fn overridden(req: AuthorizedRequest, id: Uuid) -> Result<Response, AppError> {
    match req.header("x-http-method-override") {
        Some("PATCH") => append(req, id).await,
        Some("HEAD") => progress(req, id).await,
        Some("DELETE") => discard(req, id).await,
        _ => Err(AppError::invalid("X-HTTP-Method-Override", "must be PATCH, HEAD or DELETE")),
    }
}

/// Checks the request's version of tus, and sets `Tus-Resumable` in every response, also in errors.
async fn with_tus_version<F>(req: AuthorizedRequest, handler: F) -> Result<Response, AppError>
where
    F: AsyncFnOnce(App, HeaderMap, DrainOnDrop) -> Result<Response, AppError>,
{
    let id = req.context.id;
    let (app, headers) = (req.app.clone(), req.headers.clone());
    let (config, request_headers) = (app.config.clone(), headers.clone());
    let body = DrainOnDrop::new(req.into_body());
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
    upload_cors::set_headers(&config.upload_origins, &request_headers, response.headers_mut());
    Ok(response)
}
