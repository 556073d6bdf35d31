//! The connections that the NetworkPolicies allow, and the routes of the gateway.

use ginflix_tests::connections::{
    API, COMPONENTS, DNS, FOREIGN_POD, LISTENERS, OUTSIDE, is_allowed,
};
use ginflix_tests::manifests::{name, selector_matches};
use serde_json::{Value, json};

/// Returns the labels of a pod and of its namespace.
fn labels_of(endpoint: &str) -> (Value, Value) {
    let namespace = |name: &str| json!({"kubernetes.io/metadata.name": name});
    match endpoint {
        FOREIGN_POD => (json!({"app": "gateway"}), namespace("elsewhere")),
        DNS => (json!({"k8s-app": "kube-dns"}), namespace("kube-system")),
        component => (json!({"app": component}), namespace("ginflix")),
    }
}

/// Reports whether the policies of `pod` allow a connection to `other` (`Egress`) or from it
/// (`Ingress`).
fn allow(policies: &[Value], direction: &str, pod: &str, other: &str, port: u16) -> bool {
    let (labels, namespace) = labels_of(pod);
    if namespace["kubernetes.io/metadata.name"] != "ginflix" {
        return true; // the policies apply to the namespace of the service only
    }
    let (rules, side) = if direction == "Ingress" { ("ingress", "from") } else { ("egress", "to") };
    policies.iter().filter(|p| selector_matches(&p["spec"]["podSelector"], &labels)).any(|policy| {
        policy["spec"][rules].as_array().into_iter().flatten().any(|rule| {
            let ports = rule["ports"].as_array();
            let peers = rule[side].as_array();
            ports.is_none_or(|ports| ports.iter().any(|p| p["port"] == port))
                && peers.is_none_or(|peers| peers.iter().any(|p| is_peer(p, other)))
        })
    })
}

/// Reports whether a peer of a policy's rule includes `endpoint`.
fn is_peer(rule: &Value, endpoint: &str) -> bool {
    if [API, OUTSIDE].contains(&endpoint) {
        return !rule["ipBlock"].is_null();
    }
    let (labels, namespace) = labels_of(endpoint);
    let in_namespace = match &rule["namespaceSelector"] {
        Value::Null => namespace["kubernetes.io/metadata.name"] == "ginflix",
        selector => selector_matches(selector, &namespace),
    };
    rule["ipBlock"].is_null() && in_namespace && selector_matches(&rule["podSelector"], &labels)
}

#[test]
fn policies_allow_exactly_the_needed_connections() {
    let policies: Vec<Value> =
        super::base().into_iter().filter(|o| o["kind"] == "NetworkPolicy").collect();
    let targets = LISTENERS.into_iter().chain([(DNS, 53), (API, 443), (OUTSIDE, 443)]);
    let mut wrong = Vec::new();
    for (to, port) in targets {
        for from in COMPONENTS.into_iter().chain([FOREIGN_POD]) {
            let allowed = allow(&policies, "Egress", from, to, port)
                && ([DNS, API, OUTSIDE].contains(&to)
                    || allow(&policies, "Ingress", to, from, port));
            if allowed != is_allowed(from, to, port) {
                wrong.push(format!("{from} -> {to}:{port}: allowed {allowed}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn caddyfile() -> String {
    let objects = super::base();
    let map = objects.iter().find(|o| name(o) == "ConfigMap/caddyfile").unwrap();
    map["data"]["Caddyfile"].as_str().unwrap().to_owned()
}

/// Returns for each `handle` its paths (none if it takes all other requests), its upstream, and its
/// options.
fn routes(caddyfile: &str) -> Vec<(Vec<String>, String, Vec<String>)> {
    let (mut matchers, mut routes) = (std::collections::HashMap::new(), Vec::new());
    for line in caddyfile.lines().map(str::trim) {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            [matcher, "path", ..] => drop(matchers.insert(matcher.to_owned(), words[2..].to_vec())),
            ["handle", "{"] => routes.push((Vec::new(), String::new(), Vec::new())),
            ["handle", matcher, "{"] => {
                routes.push((matchers[matcher].clone(), String::new(), Vec::new()));
            }
            ["reverse_proxy", upstream, "{"] => routes.last_mut().unwrap().1 = upstream.to_owned(),
            ["handle_errors", "{"] => break,
            _ => routes.last_mut().into_iter().for_each(|route| route.2.push(line.to_owned())),
        }
    }
    routes
}

#[test]
fn the_gateway_sends_streams_and_uploads_to_streamers_and_the_rest_to_web() {
    let routes = routes(&caddyfile());
    let upstreams: Vec<(Vec<&str>, &str)> = routes
        .iter()
        .map(|(paths, upstream, _)| (paths.iter().map(String::as_str).collect(), upstream.as_str()))
        .collect();
    let expected: [(Vec<&str>, &str); 3] = [
        (vec!["/stream/*"], "streamer:4463"),
        (vec!["/api/v1/uploads", "/api/v1/uploads/*"], "streamer:4463"),
        (vec![], "web:4463"),
    ];
    assert_eq!(upstreams, expected);
    for (paths, upstream, options) in &routes {
        let has = |option: &str| options.iter().any(|line| line.starts_with(option));
        assert!(has("lb_try_duration"), "{paths:?}: a failed dial must be retried");
        assert!(has("dial_timeout"), "{paths:?}: a dial to a lost node must time out soon");
        let is_unbuffered = has("flush_interval -1");
        assert!(upstream != "streamer:4463" || is_unbuffered, "{paths:?}: must be unbuffered");
        for harmful in ["request_buffers", "response_buffers", "header_up", "header_down"] {
            assert!(!has(harmful), "{paths:?}: {harmful} must not be set");
        }
    }
}

#[test]
fn the_gateway_sends_hsts_over_https_alone() {
    let file = caddyfile();
    let lines: Vec<&str> = file.lines().map(str::trim).collect();
    assert!(lines.contains(&"@https protocol https"));
    let hsts: Vec<_> = lines.iter().filter(|line| line.contains("Strict-Transport")).collect();
    assert_eq!(hsts, [&"header @https Strict-Transport-Security max-age=31536000"]);
}

#[test]
fn the_gateways_upstreams_are_services() {
    let objects = super::base();
    for (_, upstream, _) in routes(&caddyfile()) {
        let (host, port) = upstream.split_once(':').unwrap();
        let service = objects.iter().find(|o| name(o) == format!("Service/{host}")).unwrap();
        assert_eq!(service["spec"]["ports"][0]["port"].to_string(), port);
    }
}
