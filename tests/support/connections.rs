//! The connections that the NetworkPolicies of a cluster must allow; they must refuse all others.

/// A pod of another namespace, which the policies do not trust.
pub const FOREIGN_POD: &str = "stranger";

/// The components of the service, by their label `app`.
pub const COMPONENTS: [&str; 5] = ["gateway", "web", "streamer", "database", "backup"];

/// Every listener of the service: component and port.
pub const LISTENERS: [(&str, u16); 7] = [
    ("gateway", 8080),
    ("gateway", 8081),
    ("web", 4463),
    ("web", 4464),
    ("streamer", 4463),
    ("streamer", 4464),
    ("database", 5432),
];

/// Every connection that the service needs: client, server, port.
const ALLOWED: [(&str, &str, u16); 14] = [
    (FOREIGN_POD, "gateway", 8080),
    ("gateway", "web", 4463),
    ("gateway", "streamer", 4463),
    ("streamer", "streamer", 4463),
    ("web", "database", 5432),
    ("streamer", "database", 5432),
    ("backup", "database", 5432),
    // Every component that connects to another resolves its name.
    ("gateway", DNS, 53),
    ("web", DNS, 53),
    ("streamer", DNS, 53),
    ("backup", DNS, 53),
    // No policy of this service applies to the foreign pod.
    (FOREIGN_POD, DNS, 53),
    (FOREIGN_POD, API, 443),
    (FOREIGN_POD, OUTSIDE, 443),
];

/// The DNS server of the cluster.
pub const DNS: &str = "dns";
/// The API server of Kubernetes.
pub const API: &str = "kubernetes";
/// Any address outside of the cluster.
pub const OUTSIDE: &str = "outside";

/// Reports whether the service needs this connection.
pub fn is_allowed(from: &str, to: &str, port: u16) -> bool {
    ALLOWED.contains(&(from, to, port))
}
