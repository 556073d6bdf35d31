//! The controls of kubescape that manifests can meet: for each a rule, and changes of the manifests
//! that break it.

use ginflix_tests::manifests::{containers, name, selector_matches, template};
use serde_json::{Value, json};

use Change::{Add, Drop, Set};
use Rule::{Container, Object, Pod};

/// One or more controls with the same rule.
pub struct Control {
    /// The ids of the controls, separated by blanks.
    pub ids: &'static str,
    /// The frameworks that contain one of them.
    pub frameworks: &'static str,
    /// The rule in words.
    pub what: &'static str,
    /// The rule.
    rule: Rule,
    /// Changes of the manifests, each of which breaks the rule.
    pub broken: &'static [Change],
}

/// A condition that all containers, pod templates or objects must meet.
enum Rule {
    /// A condition of a container, given the specification of its pod.
    Container(fn(&Value, &Value) -> bool),
    /// A condition of a pod template, given all objects.
    Pod(fn(&[Value], &Value) -> bool),
    /// A condition of an object, given all objects.
    Object(fn(&[Value], &Value) -> bool),
}

/// A change of the manifests.
pub enum Change {
    /// Sets the field at a JSON pointer of an object (`Kind/name`) to a JSON value.
    Set(&'static str, &'static str, &'static str),
    /// Removes the field at a JSON pointer of an object.
    Drop(&'static str, &'static str),
    /// Adds an object, given as JSON.
    Add(&'static str),
}

/// The pointer to a field of the pod specification in a StatefulSet or Deployment.
macro_rules! pod {
    ($path:literal) => {
        concat!("/spec/template/spec/", $path)
    };
}
/// The pointer to a field of the first container in a StatefulSet or Deployment.
macro_rules! container {
    ($path:literal) => {
        concat!("/spec/template/spec/containers/0/", $path)
    };
}

const WEB: &str = "Deployment/web";
const STREAMER: &str = "StatefulSet/streamer";
const DATABASE: &str = "StatefulSet/database";
const GATEWAY: &str = "Deployment/gateway";
const BACKUP: &str = "CronJob/backup";
const NAMESPACE: &str = "Namespace/ginflix";
const HOST_PATH: &str =
    r#"[{"name":"secrets","hostPath":{"path":"/run/containerd/containerd.sock"}}]"#;

/// All controls of NSA, MITRE, ArmoBest and CIS, and those of the smaller frameworks that hold too.
#[rustfmt::skip]
pub const CONTROLS: &[Control] = &[
    // --- containers and pods ---
    Control { ids: "C-0270 C-0009 C-0050", frameworks: "NSA Armo DevOps Security", what: "a limit of CPU",
        rule: Container(|_, c| is_set(&c["resources"]["limits"]["cpu"])),
        broken: &[Drop(GATEWAY, container!("resources/limits/cpu"))] },
    Control { ids: "C-0271 C-0004", frameworks: "NSA Armo DevOps Security", what: "a limit of memory",
        rule: Container(|_, c| is_set(&c["resources"]["limits"]["memory"])),
        broken: &[Drop(DATABASE, container!("resources/limits/memory"))] },
    Control { ids: "C-0268 C-0269", frameworks: "DevOps", what: "requests of CPU and memory",
        rule: Container(|_, c| is_set(&c["resources"]["requests"]["cpu"]) && is_set(&c["resources"]["requests"]["memory"])),
        broken: &[Drop(WEB, container!("resources/requests/cpu")), Drop(WEB, container!("resources/requests/memory"))] },
    Control { ids: "C-0013", frameworks: "NSA Armo Security", what: "runs as a user and a group that are not root",
        rule: Container(runs_without_root),
        broken: &[Drop(WEB, pod!("securityContext/runAsGroup")), Set(WEB, pod!("securityContext/runAsGroup"), "0"),
            Set(STREAMER, container!("securityContext/runAsUser"), "0"), Set(GATEWAY, pod!("securityContext/runAsNonRoot"), "false")] },
    Control { ids: "C-0016", frameworks: "NSA Armo Security", what: "allowPrivilegeEscalation: false",
        rule: Container(|_, c| c["securityContext"]["allowPrivilegeEscalation"] == false),
        broken: &[Drop(WEB, container!("securityContext/allowPrivilegeEscalation")), Set(DATABASE, container!("securityContext/allowPrivilegeEscalation"), "true")] },
    Control { ids: "C-0017", frameworks: "NSA Armo Security", what: "readOnlyRootFilesystem: true",
        rule: Container(|_, c| c["securityContext"]["readOnlyRootFilesystem"] == true),
        broken: &[Drop(DATABASE, container!("securityContext/readOnlyRootFilesystem"))] },
    Control { ids: "C-0055 C-0210", frameworks: "NSA Armo CIS", what: "seccomp profile RuntimeDefault",
        rule: Container(|pod, c| either(pod, c, "seccompProfile")["type"] == "RuntimeDefault"),
        broken: &[Drop(STREAMER, pod!("securityContext/seccompProfile")), Set(STREAMER, pod!("securityContext/seccompProfile/type"), r#""Unconfined""#)] },
    Control { ids: "C-0211", frameworks: "CIS Security", what: "drops all capabilities, SELinux options, fsGroup and its policy, no group 0, no sysctls",
        rule: Container(applies_security_context),
        broken: &[Drop(WEB, container!("securityContext/capabilities/drop")), Drop(WEB, pod!("securityContext/seLinuxOptions")),
            Drop(WEB, pod!("securityContext/fsGroup")), Drop(WEB, pod!("securityContext/fsGroupChangePolicy")),
            Set(WEB, pod!("securityContext/supplementalGroups"), "[0]"), Set(WEB, pod!("securityContext/sysctls"), r#"[{"name":"kernel.msgmax","value":"1"}]"#)] },
    Control { ids: "C-0046", frameworks: "NSA Armo Security", what: "adds no capability but NET_BIND_SERVICE",
        rule: Container(|_, c| list(&c["securityContext"]["capabilities"]["add"]).all(|added| added == "NET_BIND_SERVICE")),
        broken: &[Set(GATEWAY, container!("securityContext/capabilities/add"), r#"["NET_ADMIN"]"#)] },
    Control { ids: "C-0057", frameworks: "NSA MITRE Armo Security", what: "not privileged",
        rule: Container(|_, c| c["securityContext"]["privileged"] != true),
        broken: &[Set(WEB, container!("securityContext/privileged"), "true")] },
    Control { ids: "C-0038 C-0275 C-0276", frameworks: "NSA Armo CIS Security", what: "no hostPID, no hostIPC",
        rule: Pod(|_, pod| pod["spec"]["hostPID"] != true && pod["spec"]["hostIPC"] != true),
        broken: &[Set(WEB, pod!("hostPID"), "true"), Set(WEB, pod!("hostIPC"), "true")] },
    Control { ids: "C-0041", frameworks: "NSA Armo CIS Security", what: "no hostNetwork",
        rule: Pod(|_, pod| pod["spec"]["hostNetwork"] != true),
        broken: &[Set(GATEWAY, pod!("hostNetwork"), "true")] },
    Control { ids: "C-0044", frameworks: "NSA Armo DevOps Security", what: "no hostPort",
        rule: Container(|_, c| list(&c["ports"]).all(|port| !is_set(&port["hostPort"]))),
        broken: &[Set(GATEWAY, container!("ports/0/hostPort"), "80")] },
    Control { ids: "C-0045 C-0048 C-0074", frameworks: "MITRE DevOps Security", what: "no hostPath",
        rule: Pod(|_, pod| list(&pod["spec"]["volumes"]).all(|volume| !is_set(&volume["hostPath"]))),
        broken: &[Set(STREAMER, pod!("volumes"), HOST_PATH)] },
    Control { ids: "C-0018 C-0056", frameworks: "DevOps", what: "readiness and liveness probes for long-running components",
        rule: Container(|pod, c| pod["restartPolicy"] == "Never" || (is_set(&c["readinessProbe"]) && is_set(&c["livenessProbe"]))),
        broken: &[Drop(WEB, container!("readinessProbe")), Drop(DATABASE, container!("livenessProbe"))] },
    Control { ids: "C-0062", frameworks: "Armo", what: "no sudo in a command",
        rule: Container(|_, c| list(&c["command"]).chain(list(&c["args"])).all(|word| !text(word).contains("sudo"))),
        broken: &[Set(WEB, container!("command"), r#"["sudo","ginflix-server"]"#)] },
    Control { ids: "C-0075", frameworks: "DevOps", what: "an image pinned by a tag that is not latest",
        rule: Container(|_, c| image(c).1.is_some_and(|tag| tag != "latest" && tag.starts_with(|c: char| c.is_ascii_digit()))),
        broken: &[Set(WEB, container!("image"), r#""ginflix/server""#), Set(GATEWAY, container!("image"), r#""caddy:latest""#)] },
    Control { ids: "C-0295", frameworks: "DevOps", what: "no variable twice",
        rule: Container(|_, c| are_distinct(list(&c["env"]).map(|variable| text(&variable["name"])))),
        broken: &[Set(WEB, container!("env/1/name"), r#""GINFLIX_ROLE""#)] },
    Control { ids: "C-0292 C-0059 C-0081 C-0091 C-0090", frameworks: "NSA MITRE Armo DevOps Security", what: "no images other than our own, PostgreSQL and Caddy",
        rule: Container(|_, c| ["server", "postgres", "caddy"].contains(&image(c).0)),
        broken: &[Set(GATEWAY, container!("image"), r#""registry.k8s.io/ingress-nginx/controller:v1.0.0""#)] },

    // --- secrets and configuration ---
    Control { ids: "C-0012 C-0259", frameworks: "NSA MITRE Armo Security SOC2", what: "no secret in a variable or a ConfigMap",
        rule: Object(holds_no_secret),
        broken: &[Set(DATABASE, container!("env/2"), r#"{"name":"POSTGRES_PASSWORD","value":"hunter2"}"#),
            Set(WEB, container!("envFrom"), r#"[{"secretRef":{"name":"ginflix"}}]"#),
            Set("ConfigMap/caddyfile", "/data/api_token", r#""abc""#)] },
    Control { ids: "C-0207", frameworks: "CIS", what: "Secrets as files, not as variables",
        rule: Container(|_, c| list(&c["env"]).all(|variable| !is_set(&variable["valueFrom"]["secretKeyRef"]))
            && list(&c["envFrom"]).all(|source| !is_set(&source["secretRef"]))),
        broken: &[Set(WEB, container!("env/0"), r#"{"name":"A","valueFrom":{"secretKeyRef":{"name":"ginflix","key":"admin-token"}}}"#)] },
    Control { ids: "C-0255", frameworks: "Security", what: "no Secret among the manifests",
        rule: Object(|_, object| object["kind"] != "Secret"),
        broken: &[Add(r#"{"apiVersion":"v1","kind":"Secret","metadata":{"name":"ginflix","namespace":"ginflix"}}"#)] },
    Control { ids: "C-0258", frameworks: "Security", what: "ConfigMaps by projected volumes",
        rule: Pod(|_, pod| list(&pod["spec"]["volumes"]).all(|volume| !is_set(&volume["configMap"]))),
        broken: &[Set(GATEWAY, pod!("volumes/0"), r#"{"name":"caddyfile","configMap":{"name":"caddyfile"}}"#)] },

    // --- labels, namespaces, references ---
    Control { ids: "C-0061", frameworks: "Armo DevOps", what: "the namespace is explicit",
        rule: Object(|_, object| object["kind"] == "Namespace" || !["", "default"].contains(&text(&object["metadata"]["namespace"]))),
        broken: &[Drop("Service/web", "/metadata/namespace"), Set(STREAMER, "/metadata/namespace", r#""default""#)] },
    Control { ids: "C-0073", frameworks: "DevOps", what: "no bare pod",
        rule: Object(|_, object| object["kind"] != "Pod"),
        broken: &[Add(r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"bare","namespace":"ginflix"},"spec":{"containers":[]}}"#)] },
    Control { ids: "C-0076 C-0077", frameworks: "DevOps", what: "labels `app` and `app.kubernetes.io/part-of`, of workload and pods",
        rule: Object(|_, object| template(object).is_none_or(|pod| [object, pod].iter().all(|labelled| {
            let labels = &labelled["metadata"]["labels"];
            is_set(&labels["app"]) && labels["app.kubernetes.io/part-of"] == "ginflix"
        }))),
        broken: &[Drop(WEB, "/metadata/labels/app"), Drop(BACKUP, "/spec/jobTemplate/spec/template/metadata/labels/app.kubernetes.io~1part-of")] },
    Control { ids: "C-0293", frameworks: "DevOps", what: "each Service has pods",
        rule: Object(|all, object| object["kind"] != "Service" || selects_pods(all, &json!({"matchLabels": object["spec"]["selector"]}))),
        broken: &[Set("Service/streamer-peers", "/spec/selector/app", r#""streamers""#)] },
    Control { ids: "C-0296", frameworks: "DevOps", what: "a workload selects its own pods",
        rule: Object(|_, object| !is_set(&object["spec"]["selector"]["matchLabels"]) || template(object)
            .is_none_or(|pod| selector_matches(&object["spec"]["selector"], &pod["metadata"]["labels"]))),
        broken: &[Set(WEB, "/spec/selector/matchLabels/app", r#""webs""#)] },
    Control { ids: "C-0299", frameworks: "DevOps", what: "each NetworkPolicy and PodDisruptionBudget has pods",
        rule: Object(|all, object| match text(&object["kind"]) {
            "NetworkPolicy" => selects_pods(all, &object["spec"]["podSelector"]),
            "PodDisruptionBudget" => selects_pods(all, &object["spec"]["selector"]),
            _ => true,
        }),
        broken: &[Set("NetworkPolicy/web", "/spec/podSelector/matchLabels/app", r#""webs""#), Set("PodDisruptionBudget/web", "/spec/selector/matchLabels/app", r#""webs""#)] },
    Control { ids: "C-0300", frameworks: "DevOps", what: "the target of each autoscaler exists",
        rule: Object(|all, object| object["kind"] != "HorizontalPodAutoscaler" || {
            let target = &object["spec"]["scaleTargetRef"];
            all.iter().any(|o| o["kind"] == target["kind"] && o["metadata"]["name"] == target["name"])
        }),
        broken: &[Set("HorizontalPodAutoscaler/web", "/spec/scaleTargetRef/name", r#""webs""#)] },
    Control { ids: "C-0305", frameworks: "DevOps", what: "Deployments use rolling updates",
        rule: Object(|_, object| object["spec"]["strategy"]["type"] != "Recreate"),
        broken: &[Set(GATEWAY, "/spec/strategy", r#"{"type":"Recreate"}"#)] },
    Control { ids: "C-0307 C-0294", frameworks: "DevOps", what: "a service account of its own that exists",
        rule: Pod(|all, pod| !is_set(&pod["spec"]["serviceAccount"]) && all.iter().any(|o|
            o["kind"] == "ServiceAccount" && o["metadata"]["name"] == pod["spec"]["serviceAccountName"])),
        broken: &[Drop(WEB, pod!("serviceAccountName")), Set(WEB, pod!("serviceAccountName"), r#""default""#)] },
    Control { ids: "C-0189", frameworks: "CIS", what: "service accounts other than the default one",
        rule: Object(|all, object| object["kind"] != "Namespace" || all.iter().any(|o|
            o["kind"] == "ServiceAccount" && o["metadata"]["name"] != "default" && o["metadata"]["namespace"] == object["metadata"]["name"])),
        broken: &[Add(r#"{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"other","labels":{"pod-security.kubernetes.io/enforce":"restricted"}}}"#)] },
    Control { ids: "C-0192 C-0193 C-0194 C-0195 C-0196 C-0197 C-0198 C-0199 C-0200 C-0201 C-0202 C-0203 C-0204", frameworks: "CIS", what: "Pod Security `restricted` is enforced",
        rule: Object(|_, object| object["kind"] != "Namespace" || object["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"),
        broken: &[Set(NAMESPACE, "/metadata/labels/pod-security.kubernetes.io~1enforce", r#""baseline""#), Drop(NAMESPACE, "/metadata/labels")] },

    // --- network ---
    Control { ids: "C-0030 C-0260", frameworks: "NSA Armo Security SOC2", what: "a NetworkPolicy of its own for ingress and egress",
        rule: Pod(|all, pod| all.iter().any(|o| o["kind"] == "NetworkPolicy" && is_set(&o["spec"]["podSelector"]["matchLabels"])
            && selector_matches(&o["spec"]["podSelector"], &pod["metadata"]["labels"]) && has_both_directions(o))),
        broken: &[Set("NetworkPolicy/streamer", "/spec/podSelector", "{}"), Set("NetworkPolicy/streamer", "/spec/policyTypes", r#"["Ingress"]"#)] },
    Control { ids: "C-0049 C-0054 C-0206", frameworks: "NSA MITRE Armo CIS", what: "the namespace denies ingress and egress by default",
        rule: Object(|all, object| object["kind"] != "Namespace" || all.iter().any(|o| o["kind"] == "NetworkPolicy"
            && o["metadata"]["namespace"] == object["metadata"]["name"] && o["spec"]["podSelector"] == json!({}) && has_both_directions(o)
            && !is_set(&o["spec"]["ingress"]) && !is_set(&o["spec"]["egress"]))),
        broken: &[Set("NetworkPolicy/default-deny", "/metadata/namespace", r#""other""#), Set("NetworkPolicy/default-deny", "/spec/ingress", "[{}]")] },
    Control { ids: "C-0042", frameworks: "MITRE", what: "no SSH",
        rule: Object(|_, object| object["kind"] != "Service" || list(&object["spec"]["ports"]).all(|p| ![22, 2222].map(Value::from).contains(&p["port"]))),
        broken: &[Set("Service/web", "/spec/ports/0/port", "22")] },
    Control { ids: "C-0263", frameworks: "SOC2", what: "no Ingress, the gateway has its own TLS",
        rule: Object(|_, object| object["kind"] != "Ingress"),
        broken: &[Add(r#"{"apiVersion":"networking.k8s.io/v1","kind":"Ingress","metadata":{"name":"web","namespace":"ginflix"}}"#)] },

    // --- accounts and rights ---
    Control { ids: "C-0034 C-0190 C-0261 C-0267 C-0272", frameworks: "NSA Armo CIS Security", what: "no pod and no service account mounts a token",
        rule: Object(|_, object| (object["kind"] != "ServiceAccount" || object["automountServiceAccountToken"] == false)
            && template(object).is_none_or(|pod| pod["spec"]["automountServiceAccountToken"] == false)),
        broken: &[Drop(WEB, pod!("automountServiceAccountToken")), Drop("ServiceAccount/backup", "/automountServiceAccountToken")] },
    Control { ids: "C-0053 C-0002 C-0007 C-0014 C-0015 C-0031 C-0035 C-0037 C-0063 C-0065 C-0186 C-0187 C-0188 C-0191 C-0262 C-0278 C-0279 C-0280 C-0281 C-0282",
        frameworks: "NSA MITRE Armo CIS Security", what: "no permissions of any kind: no Role, no binding",
        rule: Object(|_, object| !text(&object["apiVersion"]).starts_with("rbac.authorization.k8s.io/")),
        broken: &[Add(r#"{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"RoleBinding","metadata":{"name":"web","namespace":"ginflix"}}"#)] },
];

impl Control {
    /// Returns a message for each container, pod template or object that breaks the rule.
    pub fn faults(&self, objects: &[Value]) -> Vec<String> {
        let mut faults = Vec::new();
        let mut fault = |object: &Value, place: &str| {
            faults.push(format!(
                "{} [{}] {}{place}: must have {}",
                self.ids,
                self.frameworks,
                name(object),
                self.what
            ));
        };
        for object in objects {
            match self.rule {
                Object(holds) if !holds(objects, object) => fault(object, ""),
                Pod(holds) if template(object).is_some_and(|pod| !holds(objects, pod)) => {
                    fault(object, ", pod template")
                }
                Container(holds) => {
                    let Some(pod) = template(object) else { continue };
                    for container in containers(pod).filter(|c| !holds(&pod["spec"], c)) {
                        fault(object, &format!(", container {}", text(&container["name"])));
                    }
                }
                _ => {}
            }
        }
        faults
    }
}

impl Change {
    /// Applies the change to the objects.
    pub fn apply(&self, objects: &mut Vec<Value>) {
        let (target, pointer) = match self {
            Add(json) => return objects.push(serde_json::from_str(json).unwrap()),
            Set(object, pointer, _) | Drop(object, pointer) => (object, pointer),
        };
        let object = objects.iter_mut().find(|o| name(o) == *target);
        let object = object.unwrap_or_else(|| panic!("there is no {target}"));
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        let key = key.replace("~1", "/");
        let parent =
            object.pointer_mut(parent).unwrap_or_else(|| panic!("{target} has no {parent}"));
        match (self, parent) {
            (Set(_, _, json), Value::Array(list)) => {
                list[key.parse::<usize>().unwrap()] = serde_json::from_str(json).unwrap()
            }
            (Set(_, _, json), parent) => parent[key] = serde_json::from_str(json).unwrap(),
            (_, parent) => {
                let removed = parent.as_object_mut().unwrap().remove(&key);
                assert!(removed.is_some(), "{target} has no {pointer}");
            }
        }
    }
}

fn is_set(value: &Value) -> bool {
    !value.is_null()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("")
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn are_distinct<'a>(names: impl Iterator<Item = &'a str>) -> bool {
    let mut seen = std::collections::HashSet::new();
    names.into_iter().all(|name| seen.insert(name))
}

/// Returns the last part of an image's name, and its tag.
fn image(container: &Value) -> (&str, Option<&str>) {
    let image = text(&container["image"]);
    let last = image.rsplit('/').next().unwrap_or(image);
    last.split_once(':').map_or((last, None), |(name, tag)| (name, Some(tag)))
}

/// Returns a field of the container's security context, else of its pod's.
fn either<'a>(pod: &'a Value, container: &'a Value, field: &str) -> &'a Value {
    let own = &container["securityContext"][field];
    if is_set(own) { own } else { &pod["securityContext"][field] }
}

fn runs_without_root(pod: &Value, container: &Value) -> bool {
    let id = |field| either(pod, container, field).as_u64().unwrap_or(0);
    either(pod, container, "runAsNonRoot") == true && id("runAsUser") > 0 && id("runAsGroup") > 0
}

fn applies_security_context(pod: &Value, container: &Value) -> bool {
    let context = &pod["securityContext"];
    container["securityContext"]["capabilities"]["drop"] == json!(["ALL"])
        && is_set(&either(pod, container, "seLinuxOptions")["type"])
        && context["fsGroup"].as_u64().is_some_and(|group| group > 0)
        && is_set(&context["fsGroupChangePolicy"])
        && list(&context["supplementalGroups"]).all(|group| *group != 0)
        && !is_set(&context["sysctls"])
        && !is_set(&context["windowsOptions"])
}

/// Reports whether no variable and no entry of a ConfigMap has the name of a secret and a value
/// other than a path.
fn holds_no_secret(_: &[Value], object: &Value) -> bool {
    const SECRET_WORDS: [&str; 9] =
        ["secret", "key", "password", "pwd", "token", "jwt", "bearer", "credential", "passwd"];
    let is_secret = |name: &str, value: &str| {
        let name = name.to_lowercase();
        SECRET_WORDS.iter().any(|word| name.contains(word))
            && !value.is_empty()
            && !value.starts_with('/')
    };
    let data = object["data"].as_object().filter(|_| object["kind"] == "ConfigMap");
    data.into_iter().flatten().all(|(name, value)| !is_secret(name, text(value)))
        && template(object).into_iter().flat_map(containers).all(|container| {
            list(&container["env"]).all(|v| !is_secret(text(&v["name"]), text(&v["value"])))
                && list(&container["envFrom"]).all(|source| !is_set(&source["secretRef"]))
        })
}

/// Reports whether a selector matches the pods of any workload.
fn selects_pods(all: &[Value], selector: &Value) -> bool {
    all.iter()
        .filter_map(template)
        .any(|pod| selector_matches(selector, &pod["metadata"]["labels"]))
}

/// Reports whether a NetworkPolicy applies to ingress and egress.
fn has_both_directions(policy: &Value) -> bool {
    policy["spec"]["policyTypes"] == json!(["Ingress", "Egress"])
}
