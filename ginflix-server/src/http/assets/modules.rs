//! Which modules the scripts of the pages import, so that pages can name all of them: a browser would otherwise find them
//! one after the other, each in the one before.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::Assets;

/// The script of all pages.
const SITE_SCRIPT: &str = "site.js";

/// For each script, all modules that it imports, directly or not, without itself.
static IMPORTED: LazyLock<HashMap<String, Vec<String>>> = LazyLock::new(|| {
    let scripts = Assets::iter().filter(|name| name.ends_with(".js"));
    let direct: HashMap<String, Vec<String>> = scripts
        .filter_map(|name| {
            let content = Assets::get(&name)?.data;
            Some((name.into_owned(), direct_imports(&String::from_utf8_lossy(&content))))
        })
        .collect();
    direct.keys().map(|name| (name.clone(), reachable(name, &direct))).collect()
});

/// Returns the modules that a page with this script loads with it: all that it imports, without those that the script of
/// all pages imports too.
pub fn imported(script: &str) -> impl Iterator<Item = &'static str> {
    let modules_of = |name: &str| IMPORTED.get(name).map(Vec::as_slice).unwrap_or_default();
    let is_own = script == SITE_SCRIPT;
    let on_all_pages = modules_of(SITE_SCRIPT);
    let modules = modules_of(script).iter();
    modules
        .filter(move |name| is_own || (*name != SITE_SCRIPT && !on_all_pages.contains(name)))
        .map(String::as_str)
}

/// Returns what a module imports when it is loaded: `import … from "./NAME"` and `import "./NAME"`. `import("./NAME")`
/// loads later, and perhaps never.
fn direct_imports(source: &str) -> Vec<String> {
    let after = |keyword: &'static str| source.split(keyword).skip(1);
    let rests = after(" from \"./").chain(after("import \"./"));
    rests.filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())).collect()
}

/// Returns the modules that can be reached from one by imports, the nearest first.
fn reachable(start: &str, direct: &HashMap<String, Vec<String>>) -> Vec<String> {
    let mut found = vec![start.to_owned()];
    let mut next = 0;
    while let Some(imports) = found.get(next).map(|name| direct.get(name)) {
        for import in imports.into_iter().flatten() {
            if !found.contains(import) {
                found.push(import.clone());
            }
        }
        next += 1;
    }
    found.remove(0);
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::assets::messages;

    #[test]
    fn imports_that_wait_are_left_out() {
        let source = "import { a,\n  b } from \"./one.js\";\nimport \"./two.js\";\n\
            const three = await import(\"./three.js\");\n";
        assert_eq!(direct_imports(source), ["one.js", "two.js"]);
    }

    #[test]
    fn modules_are_reached_once_also_in_a_circle() {
        let graph = [("a", vec!["b", "c"]), ("b", vec!["c", "a"]), ("c", vec!["d"]), ("d", vec![])];
        let owned = |(name, imports): (&str, Vec<&str>)| {
            (name.to_owned(), imports.into_iter().map(str::to_owned).collect())
        };
        let direct = graph.into_iter().map(owned).collect();
        assert_eq!(reachable("a", &direct), ["b", "c", "d"]);
        assert_eq!(reachable("d", &direct), [""; 0]);
    }

    #[test]
    fn every_import_is_an_asset() {
        assert!(!IMPORTED["movie.js"].is_empty());
        for (script, modules) in IMPORTED.iter() {
            for module in modules {
                let is_asset = Assets::get(module).is_some() || module == messages::NAME;
                assert!(is_asset, "{script} imports {module}");
            }
        }
    }

    #[test]
    fn a_page_names_each_module_once() {
        let site: Vec<_> = imported(SITE_SCRIPT).collect();
        let movie: Vec<_> = imported("movie.js").collect();
        assert!(site.contains(&"http.js"));
        assert!(movie.contains(&"player.js") && movie.contains(&"choice.js"));
        assert!(!movie.contains(&"hls.min.mjs") && !movie.contains(&"movie.js"));
        assert!(!movie.iter().any(|module| site.contains(module)), "{movie:?} {site:?}");
        assert_eq!(imported("none.js").count(), 0);
    }
}
