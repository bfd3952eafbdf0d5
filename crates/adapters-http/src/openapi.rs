//! The OpenAPI 3.1 document, from the same registrations as the routes.

use std::{collections::BTreeMap, sync::LazyLock};

use axum::Json;
use utoipa::{
    OpenApi,
    openapi::{
        Components, ContentBuilder, HeaderBuilder, Ref, RefOr, ResponseBuilder, Schema,
        request_body::RequestBody,
        schema::ArrayItems,
        security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
    },
};

use crate::{
    consistency,
    extract::NoQuery,
    problem::{Code, Language, MEDIA_TYPE, Problem, ProblemDto},
    router::registered,
};

/// Which problems an operation may answer: each stands for a reference to the problem of its status.
pub(crate) mod problems {
    use super::{BTreeMap, Ref, RefOr, name};

    macro_rules! sets {
        ($($(#[$doc:meta])* $set:ident: $($status:literal)*;)*) => {$(
            $(#[$doc])*
            pub(crate) struct $set;

            impl utoipa::IntoResponses for $set {
                fn responses() -> BTreeMap<String, RefOr<utoipa::openapi::Response>> {
                    [$($status),*]
                        .into_iter()
                        .map(|status: u16| (status.to_string(), RefOr::Ref(Ref::from_response_name(name(status)))))
                        .collect()
                }
            }
        )*};
    }

    sets! {
        /// Of every operation that needs a caller.
        Caller: 400 401 421 500 503;
        /// Of an operation that needs a permission.
        Permission: 403;
        /// Of an operation on a conversation.
        Conversation: 403 404;
        /// Of an operation with a body.
        Body: 408 413 415 422;
        /// Of an operation that meets other changes.
        Conflict: 409;
        /// Of an operation that takes `If-Match`.
        Version: 412;
        /// Of an operation that needs `If-Match`.
        VersionRequired: 428;
        /// Of an operation that asks a model.
        Model: 406 429 502 504;
        /// Of an operation that answers a stream.
        Stream: 429;
        /// Of an operation that needs no caller.
        Anybody: 400 421;
        /// Of an operation that searches.
        Search: 429;
        /// Of an operation that a user can run only so often at once.
        TooMany: 429;
        /// Of the check whether the process can serve.
        NotReady: 400 421 503;
    }
}

/// The name of the response component of a status.
fn name(status: u16) -> String {
    format!("Problem{status}")
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Parlor",
        description = "Private and shared conversations with models.\n\n\
            Every operation names in `x-permission` what it needs. Everything that goes wrong is a problem document \
            (RFC 9457); its `title` is English or Korean, by `Accept-Language`. What the caller cannot see and what does not exist is answered with the same 404. Every answer \
            tells the request's id in `X-Request-Id`. A method that a route does not have answers 405 (`method-not-allowed`), and \
            `Allow` names the methods that it has.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    servers((url = "/", description = "The service that answers this document")),
    components(schemas(ProblemDto)),
    tags(
        (name = "organization", description = "People, groups, models, settings, the audit log"),
        (name = "conversations", description = "Conversations, and with whom they are shared"),
        (name = "messages", description = "What is said in a conversation"),
        (name = "operations", description = "For those who run the service"),
    )
)]
struct Base;

/// What the registrations start from.
pub(crate) fn base() -> utoipa::openapi::OpenApi {
    Base::openapi()
}

/// The whole document.
pub fn openapi() -> utoipa::openapi::OpenApi {
    let mut document = registered().into_openapi();
    document.security = Some(vec![SecurityRequirement::new("bearer", [""; 0])]);
    let components = document.components.get_or_insert_with(Components::new);
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("`Authorization: Bearer <token>`"))
        .build();
    components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
    components.responses.extend(problem_responses());
    consistency::describe(&mut document);
    items_are_components(&mut document);
    let items = document.paths.paths.values_mut();
    for operation in items.flat_map(|item| [&mut item.post, &mut item.put, &mut item.patch]) {
        if let Some(RefOr::T(body)) = operation.as_mut().and_then(|it| it.request_body.as_mut()) {
            never_null(body);
        }
    }
    document
}

/// The library writes the schema of a page's items out. Here it is a reference instead, so that a generated client has one type
/// for a conversation and not one for each place where it occurs.
fn items_are_components(document: &mut utoipa::openapi::OpenApi) {
    let Some(components) = &mut document.components else {
        return;
    };
    for (name, schema) in &mut components.schemas {
        if let Some(item) = name.strip_prefix("Page_")
            && let RefOr::T(Schema::Object(page)) = schema
            && let Some(RefOr::T(Schema::Array(items))) = page.properties.get_mut("items")
        {
            items.items =
                ArrayItems::RefOrSchema(Box::new(RefOr::Ref(Ref::from_schema_name(item))));
        }
    }
}

/// An optional body may be left out, but it is never `null`, which is how the library describes it.
fn never_null(body: &mut RequestBody) {
    for content in body.content.values_mut() {
        let RefOr::T(content) = content else { continue };
        if let Some(RefOr::T(Schema::OneOf(either))) = &content.schema {
            let given = either
                .items
                .iter()
                .find(|item| matches!(item, RefOr::Ref(_)));
            content.schema = given.cloned();
        }
    }
}

/// One response for each status, which lists its codes. 405 is left out: an operation never answers it, a wrong method does.
fn problem_responses() -> BTreeMap<String, RefOr<utoipa::openapi::Response>> {
    let mut codes: BTreeMap<u16, Vec<Code>> = BTreeMap::new();
    for &code in Code::ALL
        .iter()
        .filter(|code| **code != Code::MethodNotAllowed)
    {
        codes.entry(code.status().as_u16()).or_default().push(code);
    }
    let response = |(status, codes): (u16, Vec<Code>)| {
        let lines: Vec<_> = codes
            .iter()
            .map(|code| format!("`{}`: {}", code.as_str(), code.title(Language::English)))
            .collect();
        let schema = Ref::from_schema_name("Problem");
        let content = ContentBuilder::new().schema(Some(schema)).build();
        let mut response = ResponseBuilder::new()
            .description(lines.join("\n\n"))
            .content(MEDIA_TYPE, content);
        let language = Some(("Content-Language", "The language of `title`: `en` or `ko`"));
        let of_status = match status {
            401 => Some(("WWW-Authenticate", "`Bearer`")),
            429 | 503 => Some(("Retry-After", "After how many seconds to try again")),
            _ => None,
        };
        for (header, description) in language.into_iter().chain(of_status) {
            let described = HeaderBuilder::new().description(Some(description)).build();
            response = response.header(header, described);
        }
        (name(status), RefOr::T(response.build()))
    };
    codes.into_iter().map(response).collect()
}

/// Tell what the API is.
#[utoipa::path(
    get,
    path = "/api/openapi.json",
    operation_id = "read_openapi",
    tag = "operations",
    security(()),
    responses((status = 200, description = "This document", body = Object), problems::Anybody),
    extensions(("x-permission" = json!("none")))
)]
pub(crate) async fn serve(_: NoQuery) -> Result<Json<&'static utoipa::openapi::OpenApi>, Problem> {
    static DOCUMENT: LazyLock<utoipa::openapi::OpenApi> = LazyLock::new(openapi);
    Ok(Json(&*DOCUMENT))
}
