//! Who may connect to whom in a cluster: the table that NetworkPolicies have to keep, no more and no less.

/// A pod of another namespace, to which nothing is promised.
pub const FOREIGN_POD: &str = "stranger";

/// The parts of the service, by their label `app`.
pub const COMPONENTS: [&str; 5] = ["gateway", "web", "streamer", "database", "backup"];

/// What listens: part and port.
pub const LISTENERS: [(&str, u16); 7] = [
    ("gateway", 8080),
    ("gateway", 8081),
    ("web", 4463),
    ("web", 4464),
    ("streamer", 4463),
    ("streamer", 4464),
    ("database", 5432),
];

/// Every connection that is needed; all others are refused.
const ALLOWED: [(&str, &str, u16); 14] = [
    (FOREIGN_POD, "gateway", 8080),
    ("gateway", "web", 4463),
    ("gateway", "streamer", 4463),
    ("streamer", "streamer", 4463),
    ("web", "database", 5432),
    ("streamer", "database", 5432),
    ("backup", "database", 5432),
    // Names are looked up by all who connect to one.
    ("gateway", DNS, 53),
    ("web", DNS, 53),
    ("streamer", DNS, 53),
    ("backup", DNS, 53),
    // What no policy of ours rules.
    (FOREIGN_POD, DNS, 53),
    (FOREIGN_POD, API, 443),
    (FOREIGN_POD, OUTSIDE, 443),
];

/// The cluster's name service.
pub const DNS: &str = "dns";
/// The API of Kubernetes.
pub const API: &str = "kubernetes";
/// Anything outside of the cluster.
pub const OUTSIDE: &str = "outside";

/// Whether this connection is needed.
pub fn is_allowed(from: &str, to: &str, port: u16) -> bool {
    ALLOWED.contains(&(from, to, port))
}
