//! A builder for the descriptions of handlers.

use std::collections::{BTreeMap, BTreeSet};

use ginflix_api::Page;
use ginflix_api::error::ErrorBody;
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{
    HttpMethod, OperationBuilder, Parameter, ParameterBuilder, ParameterIn,
};
use utoipa::openapi::request_body::{RequestBody, RequestBodyBuilder};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{Ref, RefOr, Required, Response, ResponseBuilder, Schema};
use utoipa::{IntoParams, PartialSchema, ToSchema};

use super::reference;

/// The description of a handler. Errors that follow from its parameters, its body and its access
/// rule are added automatically.
#[derive(Clone)]
pub struct Operation {
    summary: &'static str,
    parameters: Vec<Parameter>,
    body: Option<RequestBody>,
    responses: BTreeMap<u16, Response>,
    errors: BTreeSet<u16>,
    schemas: Vec<(String, RefOr<Schema>)>,
    is_page: bool,
}

impl Operation {
    /// Describes a handler for programs, whose errors are JSON.
    pub fn api(summary: &'static str) -> Self {
        let operation = Self {
            summary,
            parameters: Vec::new(),
            body: None,
            responses: BTreeMap::new(),
            errors: BTreeSet::from([500, 503]),
            schemas: Vec::new(),
            is_page: false,
        };
        operation.schema_of::<ErrorBody>()
    }

    /// Describes a page for people.
    pub fn page(summary: &'static str) -> Self {
        Self::page_resource(summary).response_of_type(200, "text/html", "The page")
    }

    /// Describes a resource of pages, whose errors are pages too.
    pub fn page_resource(summary: &'static str) -> Self {
        Self { is_page: true, ..Self::api(summary) }
    }

    /// Adds the fields of a type as query parameters.
    pub fn query_params<T: IntoParams>(mut self) -> Self {
        self.parameters.extend(T::into_params(|| Some(ParameterIn::Query)));
        self.error_responses(&[400])
    }

    /// Adds a parameter.
    pub fn parameter(mut self, parameter: Parameter) -> Self {
        self.parameters.push(parameter);
        self
    }

    /// Adds optional query parameters of text.
    pub fn text_params(self, names: &[&'static str]) -> Self {
        let add = |operation: Self, name: &&'static str| {
            operation.optional_parameter(name, ParameterIn::Query, "", text())
        };
        names.iter().fold(self, add).error_responses(&[400])
    }

    /// Adds an optional header field.
    pub fn optional_header(self, name: &'static str, about: &'static str) -> Self {
        self.optional_parameter(name, ParameterIn::Header, about, text())
    }

    /// Adds a required header field of this type.
    pub fn required_header(self, name: &'static str, about: &'static str, kind: Type) -> Self {
        self.required_header_of(name, about, ObjectBuilder::new().schema_type(kind))
    }

    /// Adds a required header field that has this value.
    pub fn constant_header(
        self,
        name: &'static str,
        about: &'static str,
        value: &'static str,
    ) -> Self {
        self.required_header_of(name, about, text().enum_values(Some([value])))
    }

    fn required_header_of(
        self,
        name: &'static str,
        about: &'static str,
        schema: ObjectBuilder,
    ) -> Self {
        let parameter = ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Header)
            .required(Required::True)
            .description(Some(about))
            .schema(Some(schema));
        self.parameter(parameter.build()).error_responses(&[400])
    }

    /// Adds an optional query parameter that is one of these numbers.
    pub fn optional_number(
        self,
        name: &'static str,
        about: &'static str,
        values: impl IntoIterator<Item = u32>,
    ) -> Self {
        let schema = ObjectBuilder::new().schema_type(Type::Integer).enum_values(Some(values));
        self.optional_parameter(name, ParameterIn::Query, about, schema).error_responses(&[400])
    }

    /// Adds an optional query parameter that is `true` or `false`.
    pub fn optional_flag(self, name: &'static str, about: &'static str) -> Self {
        let schema = ObjectBuilder::new().schema_type(Type::Boolean);
        self.optional_parameter(name, ParameterIn::Query, about, schema)
    }

    /// Adds an optional query parameter of text, of which other values than those described are ignored.
    pub fn optional_text(self, name: &'static str, about: &'static str) -> Self {
        self.optional_parameter(name, ParameterIn::Query, about, text())
    }

    fn optional_parameter(
        self,
        name: &'static str,
        location: ParameterIn,
        about: &'static str,
        schema: impl Into<RefOr<Schema>>,
    ) -> Self {
        let parameter = ParameterBuilder::new().name(name).parameter_in(location);
        let about = Some(about).filter(|about| !about.is_empty());
        self.parameter(parameter.description(about).schema(Some(schema)).build())
    }

    /// Sets a required JSON body.
    pub fn json_body<T: ToSchema>(mut self) -> Self {
        let content = ContentBuilder::new().schema(Some(reference::<T>())).build();
        let body = RequestBodyBuilder::new().content("application/json", content);
        self.body = Some(body.required(Some(Required::True)).build());
        self.schema_of::<T>().error_responses(&[400, 413])
    }

    /// Sets a body of one of these media types.
    pub fn binary_body(mut self, content_types: &[&str], required: Required) -> Self {
        let mut body = RequestBodyBuilder::new().required(Some(required));
        for content_type in content_types {
            body = body.content(*content_type, ContentBuilder::new().schema(Some(bytes())).build());
        }
        self.body = Some(body.build());
        self.error_responses(&[400, 413])
    }

    /// Adds a JSON response.
    pub fn json_response<T: ToSchema>(mut self, status: u16) -> Self {
        let content = ContentBuilder::new().schema(Some(reference::<T>())).build();
        let response = ResponseBuilder::new().description(describe(status));
        self.responses.insert(status, response.content("application/json", content).build());
        self.schema_of::<T>()
    }

    /// Adds a response with a page of a list.
    pub fn list_response<T: ToSchema>(mut self) -> Self {
        let name = format!("PageOf{}", T::name());
        let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(&name))).build();
        let response = ResponseBuilder::new().description(describe(200));
        self.responses.insert(200, response.content("application/json", content).build());
        // utoipa would give the pages of all lists the same name.
        self.schemas.push((name, Page::<T>::schema()));
        self.schema_of::<T>()
    }

    /// Adds a response of another media type, which may be an alternative to JSON, or JSON of another specification.
    pub fn response_of_type(mut self, status: u16, content_type: &str, about: &str) -> Self {
        let schema = match content_type {
            _ if content_type.starts_with("text/") => text(),
            _ if content_type.ends_with("json") => ObjectBuilder::new().schema_type(Type::Object),
            _ => bytes(),
        };
        let content = ContentBuilder::new().schema(Some(schema)).build();
        let response = self.responses.remove(&status).map(ResponseBuilder::from);
        let response = response.unwrap_or_else(|| ResponseBuilder::new().description(about));
        self.responses.insert(status, response.content(content_type, content).build());
        self
    }

    /// Adds a response without a body.
    pub fn empty_response(mut self, status: u16) -> Self {
        let response = ResponseBuilder::new().description(describe(status)).build();
        self.responses.insert(status, response);
        self
    }

    /// Adds header fields to a response that was added before.
    pub fn response_headers(mut self, status: u16, names: &[&str]) -> Self {
        if let Some(response) = self.responses.remove(&status) {
            let text = || HeaderBuilder::new().schema(Some(text())).build();
            let add = |response: ResponseBuilder, name: &&str| response.header(*name, text());
            let response = names.iter().fold(ResponseBuilder::from(response), add).build();
            self.responses.insert(status, response);
        }
        self
    }

    /// Adds responses for errors.
    pub fn error_responses(mut self, statuses: &[u16]) -> Self {
        self.errors.extend(statuses);
        self
    }

    /// Adds the schema of a type, which utoipa does not find in a query by itself.
    pub fn schema_of<T: ToSchema>(mut self) -> Self {
        self.schemas.push((T::name().into_owned(), T::schema()));
        T::schemas(&mut self.schemas);
        self
    }

    /// Returns the schemas of all types that it refers to.
    pub fn schemas(&self) -> Vec<(String, RefOr<Schema>)> {
        self.schemas.clone()
    }

    /// Sets another summary.
    pub fn summary(self, summary: &'static str) -> Self {
        Self { summary, ..self }
    }

    /// Builds the description for utoipa.
    pub fn build(
        self,
        handler: &str,
        securities: Vec<SecurityRequirement>,
    ) -> utoipa::openapi::path::Operation {
        let (file, _) = handler.split_once("::").unwrap_or((handler, ""));
        let mut operation = OperationBuilder::new()
            .operation_id(Some(handler.replace("::", "_")))
            .summary(Some(self.summary))
            .tag(if self.is_page { "pages" } else { file })
            .parameters((!self.parameters.is_empty()).then_some(self.parameters))
            .request_body(self.body)
            .securities(Some(securities));
        let mut responses = self.responses;
        for status in self.errors {
            let (status, response) = match (self.is_page, status) {
                (true, 401) => {
                    (303, ResponseBuilder::new().description("A redirect to the log-in").build())
                }
                (is_page, status) => {
                    let other = responses.remove(&status).map(ResponseBuilder::from);
                    let other = other
                        .unwrap_or_else(|| ResponseBuilder::new().description(describe(status)));
                    (status, error_response(other, is_page))
                }
            };
            responses.insert(status, response);
        }
        for (status, response) in responses {
            operation = operation.response(status.to_string(), response);
        }
        operation.build()
    }
}

/// Adds the content of an error to a response, which may have other content too.
fn error_response(response: ResponseBuilder, is_page: bool) -> Response {
    let (content_type, content) = match is_page {
        true => ("text/html", ContentBuilder::new().schema(Some(text()))),
        false => ("application/json", ContentBuilder::new().schema(Some(reference::<ErrorBody>()))),
    };
    response.content(content_type, content.build()).build()
}

/// Describes a status code in one line.
fn describe(status: u16) -> &'static str {
    match status {
        200 => "Success",
        201 => "Created",
        202 => "Accepted; the work has begun",
        204 => "Done",
        303 => "See the page at `Location`",
        304 => "The client has the current representation",
        400 => "The request breaks a rule; the message names the field",
        401 => "No log-in, or an unknown token",
        403 => "The client may not do this",
        404 => "It does not exist",
        409 => "It contradicts the present state",
        410 => "It existed and has expired",
        412 => "It was changed since it was read",
        413 => "Larger than its limit",
        415 => "The type is not accepted",
        416 => "The range has no bytes of the file",
        423 => "Another request is working on it; try again in a moment",
        429 => "Too many attempts; see Retry-After",
        460 => "The bytes do not have the announced checksum",
        501 => "The server does not have this format",
        503 => "A part of the service is unavailable; see Retry-After",
        507 => "The disk is full",
        _ => "A fault of the server; its log has more",
    }
}

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

fn bytes() -> ObjectBuilder {
    text().format(Some(SchemaFormat::KnownFormat(KnownFormat::Binary)))
}

/// Returns utoipa's value for a method.
pub fn http_method(name: &str) -> HttpMethod {
    match name {
        "POST" => HttpMethod::Post,
        "PUT" => HttpMethod::Put,
        "DELETE" => HttpMethod::Delete,
        "OPTIONS" => HttpMethod::Options,
        "HEAD" => HttpMethod::Head,
        "PATCH" => HttpMethod::Patch,
        _ => HttpMethod::Get,
    }
}
