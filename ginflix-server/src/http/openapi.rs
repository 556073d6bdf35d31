//! The OpenAPI description of the API: `/api/v1/openapi.json`.
//!
//! Paths, their parameters and access rules come from the table of routes, so they are always
//! correct. [`operations`] adds the parameters, bodies and responses of each handler.

mod operation;
mod operations;

use std::sync::LazyLock;

use bytes::Bytes;
use serde_json::Value;
use utoipa::openapi::path::{ParameterBuilder, ParameterIn, PathsBuilder};
use utoipa::openapi::schema::{ComponentsBuilder, Type};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{
    InfoBuilder, LicenseBuilder, ObjectBuilder, OpenApi, OpenApiBuilder, PathItem, RefOr, Required,
    Schema, Server,
};
use utoipa::{PartialSchema, ToSchema};
use warp::http::StatusCode;
use warp::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use warp::reply::Response;

use self::operation::{Operation, http_method};
use super::auth::{AccessRule, SESSION_COOKIE};
use super::reply;
use super::representation::Compression;
use super::request::AuthorizedRequest;
use super::routes::{ROUTES, Route};
use crate::error::AppError;

const ABOUT: &str = "Each path that supports GET supports HEAD too. Every response has an \
    `X-Request-Id`, by which the request can be found in the server's log. A browser's \
    cross-site request can change nothing with the session cookie.";

static DOCUMENT: LazyLock<Bytes> = LazyLock::new(|| {
    let document = serde_json::to_value(document()).map(tidy).unwrap_or_default();
    document.to_string().into()
});

/// `GET /api/v1/openapi.json`: returns the description.
pub async fn show(_: AuthorizedRequest) -> Result<Response, AppError> {
    let mut response = reply::empty(StatusCode::OK);
    *response.body_mut() = DOCUMENT.clone().into();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response.extensions_mut().insert(Compression::Allowed);
    Ok(response)
}

/// Builds the document of all routes that are described. A test checks that all are.
fn document() -> OpenApi {
    let (mut paths, mut components) = (PathsBuilder::new(), ComponentsBuilder::new());
    let described = operations::all();
    for route in ROUTES.iter().filter(|route| !route.is_hidden()) {
        let handler = route.handler.replace(' ', "");
        let Some((_, operation)) = described.iter().find(|(name, _)| *name == handler) else {
            continue;
        };
        for (name, schema) in operation.schemas() {
            components = components.schema(name, schema);
        }
        let operation = complete(operation.clone(), route, &handler);
        paths = paths.path(route.named_path(), PathItem::new(http_method(route.method), operation));
    }
    for (name, scheme) in security_schemes() {
        components = components.security_scheme(name, scheme);
    }
    let license = LicenseBuilder::new()
        .name(env!("CARGO_PKG_LICENSE"))
        .identifier(Some(env!("CARGO_PKG_LICENSE")));
    let info = InfoBuilder::new().title("GinFlix").version(env!("CARGO_PKG_VERSION"));
    OpenApiBuilder::new()
        .info(info.description(Some(ABOUT)).license(Some(license.build())).build())
        .servers(Some([Server::new("/")]))
        .paths(paths)
        .components(Some(components.build()))
        .build()
}

/// Completes a description with the facts of the table of routes.
fn complete(
    mut operation: Operation,
    route: &Route,
    handler: &str,
) -> utoipa::openapi::path::Operation {
    for (name, kind) in route.parameters() {
        let parameter = ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Path)
            .required(Required::True)
            .schema(Some(parameter_schema(&kind)));
        // A segment that does not parse as the parameter's type is not found.
        operation = operation.parameter(parameter.build()).error_responses(&[404]);
    }
    if route.access != AccessRule::Public {
        operation = operation.error_responses(&[401, 403, 503]);
    }
    if route.access == AccessRule::Link {
        operation = operation.error_responses(&[410]).text_params(&["expires", "for"]);
    }
    operation.build(handler, securities(route.access))
}

fn parameter_schema(kind: &str) -> RefOr<Schema> {
    match kind {
        "MovieId" | "Uuid" => ginflix_api::movie::MovieId::schema(),
        "MediaNameParam" => ginflix_api::media::MediaName::schema(),
        _ => ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).into(),
    }
}

fn security_schemes() -> [(&'static str, SecurityScheme); 3] {
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("An API token, or the token of a session"));
    let cookie = ApiKeyValue::with_description(
        SESSION_COOKIE,
        "The session of a browser; over TLS its name is `__Host-ginflix_session`",
    );
    let link =
        ApiKeyValue::with_description("signature", "A signed link, with `expires` and `for`");
    [
        ("token", SecurityScheme::Http(bearer.build())),
        ("cookie", SecurityScheme::ApiKey(ApiKey::Cookie(cookie))),
        ("link", SecurityScheme::ApiKey(ApiKey::Query(link))),
    ]
}

/// Returns the alternative ways to authenticate; an empty one means that a request needs none. It
/// is also listed for watching, because on a public cluster everyone may watch.
fn securities(access: AccessRule) -> Vec<SecurityRequirement> {
    let by = |name: &str| SecurityRequirement::new::<_, [&str; 0], &str>(name, []);
    let log_in = [by("token"), by("cookie")];
    let nothing = SecurityRequirement::default();
    match access {
        // Routes of peers are not in the document.
        AccessRule::Public | AccessRule::Peer => Vec::new(),
        AccessRule::OptionalLogin | AccessRule::Watch => {
            [nothing].into_iter().chain(log_in).collect()
        }
        AccessRule::Link => [nothing, by("link")].into_iter().chain(log_in).collect(),
        AccessRule::Account | AccessRule::Admin => log_in.into(),
    }
}

/// Removes the brackets that doc comments have around Rust items, and null from query parameters,
/// which cannot be null.
fn tidy(mut value: Value) -> Value {
    fn walk(value: &mut Value) {
        match value {
            Value::Array(all) => all.iter_mut().for_each(walk),
            Value::Object(map) => {
                if let Some(Value::String(text)) = map.get_mut("description") {
                    *text = text.replace("[`", "`").replace("`]", "`");
                }
                if map.get("in").is_some_and(|location| location == "query")
                    && let Some(schema) = map.get_mut("schema")
                {
                    remove_null(schema);
                }
                map.values_mut().for_each(walk);
            }
            _ => {}
        }
    }
    walk(&mut value);
    value
}

fn remove_null(schema: &mut Value) {
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|kind| kind != "null");
        if let [only] = types.as_slice() {
            schema["type"] = only.clone();
        }
    }
    if let Some(Value::Array(choices)) = schema.get_mut("oneOf") {
        choices.retain(|choice| choice.get("type").is_none_or(|kind| kind != "null"));
        if let [only] = choices.as_slice() {
            *schema = only.clone();
        }
    }
}

/// Returns a reference to the schema of a type.
fn reference<T: ToSchema>() -> utoipa::openapi::Ref {
    utoipa::openapi::Ref::from_schema_name(T::name())
}

#[cfg(test)]
mod tests;
