//! The API as programs read it: `/api/v1/openapi.json`.
//!
//! Paths, their parameters and who may come from the table of routes, so they
//! are what is served; [`operations`] adds what each handler takes and answers.

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
    InfoBuilder, ObjectBuilder, OpenApi, OpenApiBuilder, PathItem, RefOr, Schema,
};
use utoipa::{PartialSchema, ToSchema};
use warp::http::StatusCode;
use warp::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use warp::reply::Response;

use self::operation::{Operation, http_method};
use super::auth::{Access, SESSION_COOKIE};
use super::reply;
use super::request::Req;
use super::routes::{ROUTES, Route};
use crate::error::AppError;

const ABOUT: &str = "Each path that takes GET takes HEAD too. Every answer has an `X-Request-Id`, \
    which finds the request in the server's log. What is cross-site, as the browser says, changes \
    nothing by a cookie.";

static DOCUMENT: LazyLock<Bytes> = LazyLock::new(|| {
    let document = serde_json::to_value(document()).map(tidied).unwrap_or_default();
    document.to_string().into()
});

/// `GET /api/v1/openapi.json`: this description.
pub async fn show(_: Req) -> Result<Response, AppError> {
    let mut response = reply::empty(StatusCode::OK);
    *response.body_mut() = DOCUMENT.clone().into();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    Ok(response)
}

/// Every route that has a description; a test sees to it that all have.
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
        let operation = of_route(operation.clone(), route, &handler);
        paths = paths.path(route.named_path(), PathItem::new(http_method(route.method), operation));
    }
    for (name, scheme) in security_schemes() {
        components = components.security_scheme(name, scheme);
    }
    let info = InfoBuilder::new().title("GinFlix").version(env!("CARGO_PKG_VERSION"));
    OpenApiBuilder::new()
        .info(info.description(Some(ABOUT)).build())
        .paths(paths)
        .components(Some(components.build()))
        .build()
}

/// The description with what the table of routes says.
fn of_route(
    mut operation: Operation,
    route: &Route,
    handler: &str,
) -> utoipa::openapi::path::Operation {
    for (name, kind) in route.parameters() {
        let schema = of_parameter(&kind);
        let parameter =
            ParameterBuilder::new().name(name).parameter_in(ParameterIn::Path).schema(Some(schema));
        // What does not have the parameter's form is no such path.
        operation = operation.parameter(parameter.build()).fails(&[404]);
    }
    if route.access != Access::Open {
        operation = operation.fails(&[401, 403, 503]);
    }
    if route.access == Access::Link {
        operation = operation.fails(&[410]).texts(&["expires", "for"]);
    }
    operation.build(handler, securities(route.access))
}

fn of_parameter(kind: &str) -> RefOr<Schema> {
    match kind {
        "MovieId" | "Uuid" => ginflix_api::movie::MovieId::schema(),
        "Name" => ginflix_api::media::MediaName::schema(),
        _ => ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).into(),
    }
}

fn security_schemes() -> [(&'static str, SecurityScheme); 3] {
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("An API token, or the token of a log-in"));
    let cookie = ApiKeyValue::with_description(SESSION_COOKIE, "A log-in of a browser");
    let link =
        ApiKeyValue::with_description("signature", "A signed link, with `expires` and `for`");
    [
        ("token", SecurityScheme::Http(bearer.build())),
        ("cookie", SecurityScheme::ApiKey(ApiKey::Cookie(cookie))),
        ("link", SecurityScheme::ApiKey(ApiKey::Query(link))),
    ]
}

/// Any one of these; the empty one where it need be none. Where anyone may
/// watch depends on the cluster.
fn securities(access: Access) -> Vec<SecurityRequirement> {
    let by = |name: &str| SecurityRequirement::new::<_, [&str; 0], &str>(name, []);
    let log_in = [by("token"), by("cookie")];
    let nothing = SecurityRequirement::default();
    match access {
        Access::Open | Access::Peer => Vec::new(), // those of peers are not in the document
        Access::Anyone | Access::Watch => [nothing].into_iter().chain(log_in).collect(),
        Access::Link => [nothing, by("link")].into_iter().chain(log_in).collect(),
        Access::Admin => log_in.into(),
    }
}

/// Doc comments name Rust items in brackets; and in a query there is no null.
fn tidied(mut value: Value) -> Value {
    fn walk(value: &mut Value) {
        match value {
            Value::Array(all) => all.iter_mut().for_each(walk),
            Value::Object(map) => {
                if let Some(Value::String(text)) = map.get_mut("description") {
                    *text = text.replace("[`", "`").replace("`]", "`");
                }
                if map.get("in").is_some_and(|place| place == "query")
                    && let Some(schema) = map.get_mut("schema")
                {
                    without_null(schema);
                }
                map.values_mut().for_each(walk);
            }
            _ => {}
        }
    }
    walk(&mut value);
    value
}

fn without_null(schema: &mut Value) {
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

/// The reference to a type among the components.
fn reference<T: ToSchema>() -> utoipa::openapi::Ref {
    utoipa::openapi::Ref::from_schema_name(T::name())
}

#[cfg(test)]
mod tests;
