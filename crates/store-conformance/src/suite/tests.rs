//! Whether the list of tests is complete.

use std::collections::BTreeSet;

macro_rules! list_of_tests {
    ([] $($module:ident { $($test:ident)* })*) => {
        [$((stringify!($module), include_str!(concat!(stringify!($module), ".rs")), vec![$(stringify!($test)),*])),*]
    };
}

/// Each module with its source and the names of its tests in the list.
fn listed() -> Vec<(&'static str, &'static str, Vec<&'static str>)> {
    crate::for_each_test! { [list_of_tests] [] }.into()
}

#[test]
fn every_test_is_in_the_list_once() {
    for (module, source, listed) in listed() {
        let written: Vec<&str> = source
            .lines()
            .filter_map(|line| line.strip_prefix("pub async fn "))
            .filter_map(|line| line.split('(').next())
            .collect();
        let distinct: BTreeSet<&str> = listed.iter().copied().collect();
        assert_eq!(distinct.len(), listed.len(), "{module} lists a test twice");
        assert_eq!(
            written.iter().copied().collect::<BTreeSet<_>>(),
            distinct,
            "{module}"
        );
    }
}

#[test]
fn every_module_is_in_the_list() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/suite");
    let files: BTreeSet<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| {
            let path = file.unwrap().path();
            path.file_stem().unwrap().to_str().unwrap().to_owned()
        })
        .filter(|name| name != "mod" && name != "tests")
        .collect();
    let listed = listed().into_iter();
    let modules: BTreeSet<_> = listed.map(|(module, ..)| module.to_owned()).collect();
    assert_eq!(files, modules);
}
