use std::collections::BTreeSet;

use ginflix_api::{account, media, movie, playback};

use super::*;

/// Returns the routes that are not only for peers.
fn routes() -> impl Iterator<Item = &'static Route> {
    ROUTES.iter().filter(|route| !route.is_hidden())
}

/// Returns the document as clients get it.
fn document_as_json() -> Value {
    serde_json::from_slice(&DOCUMENT).unwrap()
}

#[test]
fn every_route_is_described_and_nothing_else() {
    let document = document_as_json();
    let described: BTreeSet<(String, String)> = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, item)| {
            let methods = item.as_object().unwrap().keys();
            methods.map(|method| (method.to_uppercase(), path.clone())).collect::<Vec<_>>()
        })
        .collect();
    let served: BTreeSet<(String, String)> =
        routes().map(|route| (route.method.to_owned(), route.named_path())).collect();
    assert_eq!(described, served);

    let handlers: BTreeSet<String> = routes().map(|route| route.handler.replace(' ', "")).collect();
    let operations = operations::all();
    let named: BTreeSet<String> = operations.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(named, handlers);
    assert_eq!(operations.len(), named.len(), "a handler is described twice");
}

#[test]
fn every_operation_has_responses_and_security() {
    let document = document_as_json();
    for route in routes() {
        let path = route.named_path();
        let operation = &document["paths"][&path][route.method.to_lowercase()];
        let place = format!("{} {path}", route.method);
        let responses = operation["responses"].as_object().unwrap();
        assert!(responses.keys().any(|status| status.starts_with(['2', '3'])), "{place}");
        assert!(responses.contains_key("500"), "{place}");
        let needs_login = operation["security"].as_array().is_some_and(|all| !all.is_empty());
        assert_eq!(needs_login, route.access != AccessRule::Public, "{place}");
        let is_restricted = responses.contains_key("403");
        assert!(is_restricted || route.access == AccessRule::Public, "{place}");
        let optional = operation["security"].as_array().unwrap().contains(&serde_json::json!({}));
        let is_required = [AccessRule::Account, AccessRule::Admin].contains(&route.access);
        assert_eq!(optional, needs_login && !is_required, "{place}");
    }
}

#[test]
fn every_operation_has_an_id_of_its_own() {
    let document = document_as_json();
    let mut ids = BTreeSet::new();
    for route in routes() {
        let path = route.named_path();
        let operation = &document["paths"][&path][route.method.to_lowercase()];
        let id = operation["operationId"].as_str();
        let id = id.unwrap_or_else(|| panic!("{} {path} has no operationId", route.method));
        assert!(ids.insert(id.to_owned()), "{} {path}: {id} twice", route.method);
    }
}

/// OpenAPI 3.1 requires `required: true` of parameters in the path.
#[test]
fn every_path_parameter_is_required() {
    let document = document_as_json();
    for route in routes() {
        let path = route.named_path();
        let operation = &document["paths"][&path][route.method.to_lowercase()];
        for (name, _) in route.parameters() {
            let named = |parameter: &&Value| parameter["name"] == name && parameter["in"] == "path";
            let parameters = operation["parameters"].as_array().unwrap();
            let parameter = parameters.iter().find(named);
            let parameter = parameter.unwrap_or_else(|| panic!("{path} has no {name}"));
            assert_eq!(parameter["required"], true, "{} {path}: {name}", route.method);
        }
    }
}

#[test]
fn paths_are_relative_to_the_server_of_the_document() {
    assert_eq!(document_as_json()["servers"], serde_json::json!([{ "url": "/" }]));
}

#[test]
fn every_reference_exists() {
    fn references(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Array(all) => all.iter().for_each(|one| references(one, found)),
            Value::Object(map) => {
                found.extend(map.get("$ref").and_then(Value::as_str).map(str::to_owned));
                map.values().for_each(|one| references(one, found));
            }
            _ => {}
        }
    }
    let document = document_as_json();
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(found.len() > 50);
    for reference in found {
        let place = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(place).is_some(), "{reference}");
    }
}

/// The attributes of utoipa accept literals only, so the limits are in the code twice.
#[test]
fn limits_are_those_of_the_code() {
    let document = document_as_json();
    let limit = |place: &str| {
        let value = document.pointer(&format!("/components/schemas/{place}"));
        value.and_then(Value::as_u64).unwrap_or_else(|| panic!("{place}"))
    };
    let cases = [
        ("NewMovie/properties/title/maxLength", movie::MAX_TITLE_CHARS),
        ("NewMovie/properties/description/maxLength", movie::MAX_DESCRIPTION_CHARS),
        ("NewMovie/properties/cast/maxItems", movie::MAX_NAMES),
        ("NewMovie/properties/year/minimum", usize::from(*movie::YEARS.start())),
        ("NewMovie/properties/year/maximum", usize::from(*movie::YEARS.end())),
        ("MediaName/maxLength", media::MAX_NAME_BYTES),
        ("NewUser/properties/name/maxLength", account::MAX_USER_NAME_CHARS),
        ("NewUser/properties/password/minLength", account::MIN_PASSWORD_CHARS),
        ("NewUser/properties/password/maxLength", account::MAX_PASSWORD_BYTES),
        ("NewToken/properties/name/maxLength", account::MAX_TOKEN_NAME_CHARS),
        ("NewLink/properties/for/maxLength", ginflix_api::link::MAX_AUDIENCE_CHARS),
        ("PlaybackReport/properties/played/maxItems", playback::MAX_RANGES),
    ];
    for (place, expected) in cases {
        assert_eq!(limit(place), expected as u64, "{place}");
    }
}

#[test]
fn descriptions_are_for_clients_and_queries_have_no_null() {
    let text = String::from_utf8(DOCUMENT.to_vec()).unwrap();
    assert!(!text.contains("[`"));
    assert!(!text.contains("`Debug`"), "clients need not know how the server is written");
    let query = &document_as_json()["paths"]["/api/v1/movies"]["get"]["parameters"];
    let limit = query.as_array().unwrap().iter().find(|one| one["name"] == "limit").unwrap();
    assert_eq!(limit["schema"]["type"], "integer");
}
