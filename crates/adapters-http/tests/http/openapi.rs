//! The OpenAPI document.

use std::path::Path;

use serde_json::Value;

fn document() -> Value {
    serde_json::to_value(parlor_adapters_http::openapi()).unwrap()
}

/// Every operation with its method and path.
fn operations(document: &Value) -> Vec<(String, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    paths
        .iter()
        .flat_map(|(path, item)| {
            let methods = item.as_object().unwrap().iter();
            methods.map(move |(method, operation)| (format!("{method} {path}"), operation))
        })
        .collect()
}

/// `UPDATE_OPENAPI=1 cargo test -p parlor-adapters-http` writes the file anew.
#[test]
fn the_document_is_the_committed_one() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json");
    let mut served = serde_json::to_string_pretty(&document()).unwrap();
    served.push('\n');
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        std::fs::write(&file, &served).unwrap();
    }
    let committed = std::fs::read_to_string(&file).unwrap();
    assert!(
        served == committed,
        "the API differs from openapi.json; if it should, set UPDATE_OPENAPI=1 and review the difference"
    );
}
