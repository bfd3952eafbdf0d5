//! Shows the effective configuration.

use std::fmt::Write as _;

use serde_json::Value as Json;

use super::Loaded;

/// Every key with its value as TOML, and where it comes from; secrets masked.
pub fn show(loaded: &Loaded) -> String {
    let mut shown = String::new();
    let config = serde_json::to_value(&loaded.config).unwrap_or_default();
    write_table(&mut shown, loaded, "", "", &config);
    for (index, provider) in loaded.config.model.providers.iter().enumerate() {
        shown.push_str("\n[[model.providers]]\n");
        let at = format!("model.providers[{index}]");
        let provider = serde_json::to_value(provider).unwrap_or_default();
        write_table(&mut shown, loaded, &at, "", &provider);
    }
    shown
}

/// `at` is the key of the table as a whole, `name` what stands before the names in it.
fn write_table(shown: &mut String, loaded: &Loaded, at: &str, name: &str, value: &Json) {
    let Json::Object(table) = value else { return };
    for (part, value) in table {
        let join = |before: &str| match before {
            "" => part.clone(),
            before => format!("{before}.{part}"),
        };
        let (at, name) = (join(at), join(name));
        match value {
            Json::Object(_) => write_table(shown, loaded, &at, &name, value),
            // Shown as tables of their own.
            Json::Array(_) if at == "model.providers" => {}
            Json::Null => write_line(shown, &format!("# {name} is not set"), None),
            value => {
                let origin = loaded.origins.get(&at).map_or("default", String::as_str);
                write_line(shown, &format!("{name} = {value}"), Some(origin));
            }
        }
    }
}

fn write_line(shown: &mut String, line: &str, origin: Option<&str>) {
    // Writing to a text cannot fail.
    let _ = match origin {
        Some(origin) => writeln!(shown, "{line:<50} # {origin}"),
        None => writeln!(shown, "{line}"),
    };
}
