//! What is read of real files equals what ffprobe says of them, field by field. By default a few files are
//! compared; `make test-media` compares all.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

mod compare;
mod embedded;
mod files;
mod make;

use files::Recipe;

fn assert_equal(recipes: &[Recipe]) {
    let mut differences = Vec::new();
    for recipe in recipes {
        let path = make::make(recipe);
        let file = std::fs::File::open(&path).unwrap();
        let found =
            ginflix_media::inspect(&file, ginflix_media::source::Budget::default()).unwrap();
        differences.extend(compare::differences(recipe.name, &found, &make::ffprobe(&path)));
    }
    assert!(
        differences.is_empty(),
        "{} differences:\n{}",
        differences.len(),
        differences.join("\n")
    );
}

#[test]
fn a_few_files_equal_ffprobe() {
    assert_equal(&files::ALL[..files::SLICE]);
}

#[test]
#[ignore = "takes minutes; make test-media runs it"]
fn all_files_equal_ffprobe() {
    assert_equal(files::ALL);
}
