//! What a handler takes and answers, put together step by step.

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

/// The description of one handler. Errors that follow from what it takes, and
/// from who may, need not be named.
#[derive(Clone)]
pub struct Operation {
    summary: &'static str,
    parameters: Vec<Parameter>,
    body: Option<RequestBody>,
    answers: BTreeMap<u16, Response>,
    failures: BTreeSet<u16>,
    schemas: Vec<(String, RefOr<Schema>)>,
    is_page: bool,
}

/// Describes a handler for programs; its errors are JSON.
pub fn call(summary: &'static str) -> Operation {
    let operation = Operation {
        summary,
        parameters: Vec::new(),
        body: None,
        answers: BTreeMap::new(),
        failures: BTreeSet::from([500, 503]),
        schemas: Vec::new(),
        is_page: false,
    };
    operation.knowing::<ErrorBody>()
}

/// Describes a page for people.
pub fn page(summary: &'static str) -> Operation {
    part_of_page(summary).sends(200, "text/html", "The page")
}

/// Describes a part of pages: its errors are pages too.
pub fn part_of_page(summary: &'static str) -> Operation {
    Operation { is_page: true, ..call(summary) }
}

impl Operation {
    /// Takes a query of these keys.
    pub fn query<T: IntoParams>(mut self) -> Self {
        self.parameters.extend(T::into_params(|| Some(ParameterIn::Query)));
        self.fails(&[400])
    }

    /// Takes this parameter.
    pub fn parameter(mut self, parameter: Parameter) -> Self {
        self.parameters.push(parameter);
        self
    }

    /// Takes texts in the query, none of which need be there.
    pub fn texts(self, names: &[&'static str]) -> Self {
        let add = |operation: Self, name: &&'static str| {
            operation.optional(name, ParameterIn::Query, "", text())
        };
        names.iter().fold(self, add).fails(&[400])
    }

    /// Takes a header, which need not be there.
    pub fn header(self, name: &'static str, about: &'static str) -> Self {
        self.optional(name, ParameterIn::Header, about, text())
    }

    /// Takes a header without which it fails, of this type.
    pub fn needs_header(self, name: &'static str, about: &'static str, kind: Type) -> Self {
        let schema = ObjectBuilder::new().schema_type(kind);
        let parameter = ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Header)
            .required(Required::True)
            .description(Some(about))
            .schema(Some(schema));
        self.parameter(parameter.build()).fails(&[400])
    }

    /// Takes something in the query, which need not be there.
    pub fn optional(
        self,
        name: &'static str,
        place: ParameterIn,
        about: &'static str,
        schema: impl Into<RefOr<Schema>>,
    ) -> Self {
        let parameter = ParameterBuilder::new().name(name).parameter_in(place);
        let about = Some(about).filter(|about| !about.is_empty());
        self.parameter(parameter.description(about).schema(Some(schema)).build())
    }

    /// Takes a JSON body.
    pub fn takes<T: ToSchema>(mut self) -> Self {
        let content = ContentBuilder::new().schema(Some(reference::<T>())).build();
        let body = RequestBodyBuilder::new().content("application/json", content);
        self.body = Some(body.required(Some(Required::True)).build());
        self.knowing::<T>().fails(&[400, 413])
    }

    /// Takes a body of other types.
    pub fn takes_bytes(mut self, content_types: &[&str], required: Required) -> Self {
        let mut body = RequestBodyBuilder::new().required(Some(required));
        for content_type in content_types {
            body = body.content(*content_type, ContentBuilder::new().schema(Some(bytes())).build());
        }
        self.body = Some(body.build());
        self.fails(&[400, 413])
    }

    /// Answers JSON.
    pub fn gives<T: ToSchema>(mut self, status: u16) -> Self {
        let content = ContentBuilder::new().schema(Some(reference::<T>())).build();
        let answer = ResponseBuilder::new().description(phrase(status));
        self.answers.insert(status, answer.content("application/json", content).build());
        self.knowing::<T>()
    }

    /// Answers a page of a list.
    pub fn gives_page<T: ToSchema>(mut self) -> Self {
        let name = format!("PageOf{}", T::name());
        let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(&name))).build();
        let answer = ResponseBuilder::new().description(phrase(200));
        self.answers.insert(200, answer.content("application/json", content).build());
        // utoipa would give all lists one name.
        self.schemas.push((name, Page::<T>::schema()));
        self.knowing::<T>()
    }

    /// Answers a body of another type; beside JSON where both are.
    pub fn sends(mut self, status: u16, content_type: &str, about: &str) -> Self {
        let schema = if content_type.starts_with("text/") { text() } else { bytes() };
        let content = ContentBuilder::new().schema(Some(schema)).build();
        let answer = self.answers.remove(&status).map(ResponseBuilder::from);
        let answer = answer.unwrap_or_else(|| ResponseBuilder::new().description(about));
        self.answers.insert(status, answer.content(content_type, content).build());
        self
    }

    /// Answers without a body.
    pub fn says(mut self, status: u16) -> Self {
        let answer = ResponseBuilder::new().description(phrase(status)).build();
        self.answers.insert(status, answer);
        self
    }

    /// Puts these header fields on an answer that was named before.
    pub fn with_headers(mut self, status: u16, names: &[&str]) -> Self {
        if let Some(answer) = self.answers.remove(&status) {
            let text = || HeaderBuilder::new().schema(Some(text())).build();
            let add = |answer: ResponseBuilder, name: &&str| answer.header(*name, text());
            let answer = names.iter().fold(ResponseBuilder::from(answer), add).build();
            self.answers.insert(status, answer);
        }
        self
    }

    /// May fail with these.
    pub fn fails(mut self, statuses: &[u16]) -> Self {
        self.failures.extend(statuses);
        self
    }

    /// Speaks of this type, which utoipa does not find in a query by itself.
    pub fn knowing<T: ToSchema>(mut self) -> Self {
        self.schemas.push((T::name().into_owned(), T::schema()));
        T::schemas(&mut self.schemas);
        self
    }

    /// The types that it speaks of.
    pub fn schemas(&self) -> Vec<(String, RefOr<Schema>)> {
        self.schemas.clone()
    }

    /// As utoipa writes it.
    pub fn build(
        self,
        handler: &str,
        securities: Vec<SecurityRequirement>,
    ) -> utoipa::openapi::path::Operation {
        let (file, _) = handler.split_once("::").unwrap_or((handler, ""));
        let mut operation = OperationBuilder::new()
            .summary(Some(self.summary))
            .tag(if self.is_page { "pages" } else { file })
            .parameters((!self.parameters.is_empty()).then_some(self.parameters))
            .request_body(self.body)
            .securities(Some(securities));
        if !self.is_page {
            operation = operation.operation_id(Some(handler.replace("::", "_")));
        }
        for (status, answer) in self.answers {
            operation = operation.response(status.to_string(), answer);
        }
        for status in self.failures {
            let (status, answer) = match (self.is_page, status) {
                (true, 401) => (303, ResponseBuilder::new().description("To the log-in").build()),
                (is_page, status) => (status, failure(status, is_page)),
            };
            operation = operation.response(status.to_string(), answer);
        }
        operation.build()
    }
}

fn failure(status: u16, is_page: bool) -> Response {
    let (content_type, content) = match is_page {
        true => ("text/html", ContentBuilder::new().schema(Some(text()))),
        false => ("application/json", ContentBuilder::new().schema(Some(reference::<ErrorBody>()))),
    };
    ResponseBuilder::new()
        .description(phrase(status))
        .content(content_type, content.build())
        .build()
}

/// What a status means, in one line.
fn phrase(status: u16) -> &'static str {
    match status {
        200 => "As asked for",
        201 => "Made",
        202 => "Begun",
        204 => "Done",
        304 => "The client has it already",
        400 => "A rule is broken; the message names the field",
        401 => "Nobody is logged in, or the token is not known",
        403 => "Not allowed to whoever asks",
        404 => "There is no such thing",
        409 => "It does not go with what is there",
        410 => "It was there and is over",
        412 => "It was changed since it was read",
        413 => "Larger than its limit",
        415 => "Of a type that is not taken",
        416 => "No byte of that range is there",
        423 => "Others are at it; try again in a moment",
        429 => "Too many attempts; see Retry-After",
        460 => "The bytes do not have the checksum that was announced",
        503 => "A part of the service is away; see Retry-After",
        507 => "There is no room",
        _ => "A fault of the server; its log has more",
    }
}

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

fn bytes() -> ObjectBuilder {
    text().format(Some(SchemaFormat::KnownFormat(KnownFormat::Binary)))
}

/// utoipa's name of a method.
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
