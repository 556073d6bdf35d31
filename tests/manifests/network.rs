//! Who may connect to whom by the NetworkPolicies, and where the gateway sends what.

use ginflix_tests::connections::{
    API, COMPONENTS, DNS, FOREIGN_POD, LISTENERS, OUTSIDE, is_allowed,
};
use ginflix_tests::manifests::{name, selector_matches};
use serde_json::{Value, json};

/// Labels of a pod and of its namespace.
fn peer(who: &str) -> (Value, Value) {
    let namespace = |name: &str| json!({"kubernetes.io/metadata.name": name});
    match who {
        FOREIGN_POD => (json!({"app": "gateway"}), namespace("elsewhere")),
        DNS => (json!({"k8s-app": "kube-dns"}), namespace("kube-system")),
        part => (json!({"app": part}), namespace("ginflix")),
    }
}

/// Whether the policies let a connection out of, or into, `here`.
fn lets(policies: &[Value], direction: &str, here: &str, there: &str, port: u16) -> bool {
    let (labels, namespace) = peer(here);
    if namespace["kubernetes.io/metadata.name"] != "ginflix" {
        return true; // no policy of ours is there
    }
    let (rules, side) = if direction == "Ingress" { ("ingress", "from") } else { ("egress", "to") };
    policies.iter().filter(|p| selector_matches(&p["spec"]["podSelector"], &labels)).any(|policy| {
        policy["spec"][rules].as_array().into_iter().flatten().any(|rule| {
            let ports = rule["ports"].as_array();
            let peers = rule[side].as_array();
            ports.is_none_or(|ports| ports.iter().any(|p| p["port"] == port))
                && peers.is_none_or(|peers| peers.iter().any(|p| is_peer(p, there)))
        })
    })
}

fn is_peer(rule: &Value, who: &str) -> bool {
    if [API, OUTSIDE].contains(&who) {
        return !rule["ipBlock"].is_null();
    }
    let (labels, namespace) = peer(who);
    let in_namespace = match &rule["namespaceSelector"] {
        Value::Null => namespace["kubernetes.io/metadata.name"] == "ginflix",
        selector => selector_matches(selector, &namespace),
    };
    rule["ipBlock"].is_null() && in_namespace && selector_matches(&rule["podSelector"], &labels)
}

/// Every pair of the table, asked of the policies as they are written.
#[test]
fn policies_allow_what_is_needed_and_nothing_else() {
    let policies: Vec<Value> =
        super::base().into_iter().filter(|o| o["kind"] == "NetworkPolicy").collect();
    let targets = LISTENERS.into_iter().chain([(DNS, 53), (API, 443), (OUTSIDE, 443)]);
    let mut wrong = Vec::new();
    for (to, port) in targets {
        for from in COMPONENTS.into_iter().chain([FOREIGN_POD]) {
            let allowed = lets(&policies, "Egress", from, to, port)
                && ([DNS, API, OUTSIDE].contains(&to)
                    || lets(&policies, "Ingress", to, from, port));
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

/// Paths that a `handle` takes (none: all others), its upstream, and its options.
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
    let told: Vec<(Vec<&str>, &str)> = routes
        .iter()
        .map(|(paths, upstream, _)| (paths.iter().map(String::as_str).collect(), upstream.as_str()))
        .collect();
    let wanted: [(Vec<&str>, &str); 3] = [
        (vec!["/stream/*"], "streamer:4463"),
        (vec!["/api/v1/uploads", "/api/v1/uploads/*"], "streamer:4463"),
        (vec![], "web:4463"),
    ];
    assert_eq!(told, wanted);
    for (paths, upstream, options) in &routes {
        let has = |option: &str| options.iter().any(|line| line.starts_with(option));
        assert!(has("lb_try_duration"), "{paths:?}: a dial that failed is tried again");
        assert!(has("dial_timeout"), "{paths:?}: a node that is gone is left soon");
        assert!(upstream != "streamer:4463" || has("flush_interval -1"), "{paths:?}: unbuffered");
        for harmful in ["request_buffers", "response_buffers", "header_up", "header_down"] {
            assert!(!has(harmful), "{paths:?}: {harmful} has no place here");
        }
    }
}

/// What the routes name is there, on that port.
#[test]
fn the_gateways_upstreams_are_services() {
    let objects = super::base();
    for (_, upstream, _) in routes(&caddyfile()) {
        let (host, port) = upstream.split_once(':').unwrap();
        let service = objects.iter().find(|o| name(o) == format!("Service/{host}")).unwrap();
        assert_eq!(service["spec"]["ports"][0]["port"].to_string(), port);
    }
}
