//! Real files are packaged: each rendition has the frames of the source in their order, with their content and at
//! their times, and other programs accept it. By default a few files are packaged; `make test-media` packages all.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

mod check;
mod damage;
mod files;
mod make;
mod oracles;

use files::Recipe;

fn assert_packaged(recipes: &[Recipe]) {
    let only = std::env::var("GINFLIX_ONLY").ok();
    let wanted = recipes.iter().filter(|r| only.as_ref().is_none_or(|only| r.name.contains(only)));
    let faults: Vec<String> =
        wanted.flat_map(|recipe| check::faults(&make::make(recipe), recipe.ticks())).collect();
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn a_few_files_are_packaged() {
    assert_packaged(&files::ALL[..files::SLICE]);
}

#[test]
#[ignore = "takes minutes; make test-media runs it"]
fn all_files_are_packaged() {
    assert_packaged(files::ALL);
}

#[test]
fn damaged_files_are_packaged_or_refused() {
    for recipe in &files::ALL[..files::SLICE] {
        damage::inflict(&make::make(recipe), 200);
    }
}
