//! Puts the layers together: built-in defaults, a file, the environment, the command line. Later ones win.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, anyhow, bail};
use config::{ConfigError, FileFormat, Map, Source, Value, ValueKind};
use serde_json::Value as Json;

use super::{Config, ProviderConfig, kinds, origin::with_origins};

/// The file that is read unless another one is named.
const DEFAULT_FILE: &str = "parlor.toml";
const PREFIX: &str = "PARLOR_";
const COMMAND_LINE: &str = "the command line";

/// Where values come from.
#[derive(Debug, Default)]
pub struct Inputs {
    /// A file that must be there; else `parlor.toml` in the working folder, if it is.
    pub file: Option<PathBuf>,
    /// All environment variables.
    pub environment: Vec<(String, String)>,
    /// Keys and values.
    pub command_line: Vec<(String, String)>,
}

/// A configuration, and where its values come from.
pub struct Loaded {
    pub config: Config,
    /// By key; what is not in here is a built-in default.
    pub origins: BTreeMap<String, String>,
}

/// Reads all layers and checks what came out.
pub fn load(inputs: &Inputs) -> anyhow::Result<Loaded> {
    let file = inputs.file.as_deref().unwrap_or(Path::new(DEFAULT_FILE));
    let mut layers = config::Config::builder();
    if let Some(text) = read(file, inputs.file.is_some())? {
        layers = layers.add_source(config::File::from_str(&text, FileFormat::Toml));
    }
    let merged = layers
        .add_source(environment(&inputs.environment))
        .add_source(command_line(&inputs.command_line))
        .build()
        .map_err(|error| without_secrets(error, file))?;
    let mut origins = BTreeMap::new();
    // The file alone does not name itself.
    flatten(
        &merged.cache,
        String::new(),
        &file.display().to_string(),
        &mut origins,
    );
    refuse_unknown_keys(&origins)?;
    let config: Config = merged
        .try_deserialize()
        .map_err(|error| placed(&error, &origins))?;
    match config.checked() {
        Ok(config) => Ok(Loaded { config, origins }),
        Err(error) => Err(with_origins(&error, &origins)),
    }
}

impl Loaded {
    /// The error, with the place of each key that it names.
    pub fn with_origins(&self, error: &anyhow::Error) -> anyhow::Error {
        with_origins(error, &self.origins)
    }
}

/// The text of the file; none if it is missing and need not be there.
fn read(file: &Path, is_required: bool) -> anyhow::Result<Option<String>> {
    match fs::read_to_string(file) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound && !is_required => Ok(None),
        Err(error) => Err(error)
            .with_context(|| format!("the configuration file {} cannot be read", file.display())),
    }
}

/// A broken file is told by place and kind: the lines that the library shows may hold a secret.
fn without_secrets(error: ConfigError, file: &Path) -> anyhow::Error {
    let ConfigError::FileParse { cause, .. } = error else {
        return anyhow!("{error}");
    };
    let told = cause.to_string();
    let told: Vec<_> = told.lines().filter(|line| !line.contains('|')).collect();
    anyhow!(
        "the configuration file {} is no TOML: {}",
        file.display(),
        told.join(": ")
    )
}

/// A wrong value is told by its key, where it comes from, and what is allowed. Neither the library's words nor the names of types
/// are for operators, and a value that is not known to be harmless is not shown.
fn placed(error: &ConfigError, origins: &BTreeMap<String, String>) -> anyhow::Error {
    let (key, told) = match error {
        ConfigError::At { error, key, .. } => (key.clone(), error.to_string()),
        ConfigError::Type { expected, key, .. } => (key.clone(), format!("expected {expected}")),
        other => (None, other.to_string()),
    };
    // The library leaves out the dot behind an index.
    let key = key.unwrap_or_default().replace(']', "].");
    let key = key.replace("..", ".").replace(".[", "[");
    let key = key.trim_end_matches('.').to_owned();
    let allowed = match told.rsplit_once("expected ") {
        _ if told.starts_with(kinds::MUST_BE) => told,
        Some((_, "a string")) => "must be a text".to_owned(),
        Some((_, kind)) if kind.starts_with("struct ") => "must be a table".to_owned(),
        Some((_, allowed)) => format!("{}{allowed}", kinds::MUST_BE),
        None => told,
    };
    // An item of a list has no origin of its own.
    let list = key.rsplit_once('[').map_or(key.as_str(), |(list, _)| list);
    match origins.get(&key).or_else(|| origins.get(list)) {
        Some(origin) => anyhow!("`{key}` in {origin} {allowed}"),
        None => anyhow!("`{key}` {allowed}"),
    }
}

/// One layer of keys and values that are all texts.
#[derive(Debug, Clone)]
struct Texts(Map<String, Value>);

impl Source for Texts {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, ConfigError> {
        Ok(self.0.clone())
    }
}

impl Texts {
    fn insert(&mut self, origin: &str, segments: impl Iterator<Item = String>, value: &str) {
        let mut key = String::new();
        for segment in segments {
            let (before, after) = match segment.parse::<u8>() {
                Ok(_) => ("[", "]"),
                Err(_) if key.is_empty() => ("", ""),
                Err(_) => (".", ""),
            };
            key.extend([before, &segment, after]);
        }
        let value = Value::new(
            Some(&origin.to_owned()),
            ValueKind::String(value.to_owned()),
        );
        self.0.insert(key, value);
    }
}

/// `PARLOR_HTTP__LISTEN` is `http.listen`, `PARLOR_MODEL__PROVIDERS__0__API_KEY` is `model.providers[0].api_key`.
fn environment(variables: &[(String, String)]) -> Texts {
    let mut texts = Texts(Map::new());
    for (name, value) in variables {
        let Some(key) = name.strip_prefix(PREFIX) else {
            continue;
        };
        if !is_of_others(key, value) {
            let segments = key.split("__").map(str::to_lowercase);
            texts.insert(&format!("the environment variable {name}"), segments, value);
        }
    }
    texts
}

/// Variables with our prefix that are no configuration: those that Kubernetes sets in every container beside a service that is
/// called `parlor` or `parlor-…`, and those of this project's own tests and tasks.
fn is_of_others(key: &str, value: &str) -> bool {
    key == "CACHE_DIR" || key.starts_with("TEST_") || is_of_kubernetes(key, value)
}

/// Whether Kubernetes sets this beside a service whose name is `parlor` or begins with `parlor-`. For `parlor-db` that is
/// `PARLOR_DB_SERVICE_HOST`, `PARLOR_DB_SERVICE_PORT` and, for a port with a name, `PARLOR_DB_SERVICE_PORT_HTTP`; `PARLOR_DB_PORT`
/// with an address such as `tcp://10.0.0.1:5432`; and `PARLOR_DB_PORT_5432_TCP`, also with `_PROTO`, `_PORT` or `_ADDR`.
fn is_of_kubernetes(key: &str, value: &str) -> bool {
    if key.contains("__") {
        return false;
    }
    // As if the service were called `parlor`, whose keys begin with what follows the name.
    let key = format!("_{key}");
    let is_last = |ending: &str| key.ends_with(ending);
    let has_address = ["tcp://", "udp://", "sctp://"]
        .iter()
        .any(|scheme| value.starts_with(scheme));
    is_last("_SERVICE_HOST")
        || key.contains("_SERVICE_PORT_")
        || is_last("_SERVICE_PORT")
        || (is_last("_PORT") && has_address)
        || key.split("_PORT_").skip(1).any(is_port_and_protocol)
}

/// `5432_TCP`, or that with `_PROTO`, `_PORT` or `_ADDR` behind it.
fn is_port_and_protocol(text: &str) -> bool {
    let mut words = text.split('_');
    let is_number = |word: &str| !word.is_empty() && word.bytes().all(|it| it.is_ascii_digit());
    words.next().is_some_and(is_number)
        && words
            .next()
            .is_some_and(|word| ["TCP", "UDP", "SCTP"].contains(&word))
        && words
            .next()
            .is_none_or(|word| ["PROTO", "PORT", "ADDR"].contains(&word))
        && words.next().is_none()
}

fn command_line(settings: &[(String, String)]) -> Texts {
    let mut texts = Texts(Map::new());
    for (key, value) in settings {
        texts.insert(COMMAND_LINE, key.split('.').map(str::to_owned), value);
    }
    texts
}

/// Every key that has a value, and where that comes from. A list of plain values is one value.
fn flatten(value: &Value, key: String, file: &str, origins: &mut BTreeMap<String, String>) {
    match &value.kind {
        ValueKind::Table(table) => {
            for (name, value) in table {
                let key = if key.is_empty() {
                    name.clone()
                } else {
                    format!("{key}.{name}")
                };
                flatten(value, key, file, origins);
            }
        }
        ValueKind::Array(list)
            if list
                .iter()
                .any(|item| matches!(item.kind, ValueKind::Table(_))) =>
        {
            for (index, value) in list.iter().enumerate() {
                flatten(value, format!("{key}[{index}]"), file, origins);
            }
        }
        _ => {
            origins.insert(key, value.origin().unwrap_or(file).to_owned());
        }
    }
}

fn refuse_unknown_keys(origins: &BTreeMap<String, String>) -> anyhow::Result<()> {
    let known = known_keys();
    let unknown: Vec<_> = origins
        .iter()
        .filter(|(key, _)| !known.contains(&without_indexes(key)))
        .map(|(key, origin)| {
            let nearest = nearest(&without_indexes(key), &known);
            format!("unknown key `{key}` in {origin}: did you mean {nearest}?")
        })
        .collect();
    if unknown.is_empty() {
        Ok(())
    } else {
        bail!("{}", unknown.join("\n"))
    }
}

fn nearest(key: &str, known: &BTreeSet<String>) -> String {
    let nearest = known.iter().max_by(|one, other| {
        strsim::jaro_winkler(key, one).total_cmp(&strsim::jaro_winkler(key, other))
    });
    let nearest = nearest.map_or("", String::as_str);
    let variable = nearest
        .replace("[]", "__0")
        .replace('.', "__")
        .to_uppercase();
    format!("`{nearest}` ({PREFIX}{variable})")
}

/// Every key, lists of tables as `[]`.
fn known_keys() -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    for (at, value) in [
        ("", serde_json::to_value(Config::default())),
        (
            "model.providers[]",
            serde_json::to_value(ProviderConfig::default()),
        ),
    ] {
        collect_keys(at, &value.unwrap_or_default(), &mut keys);
    }
    keys
}

fn collect_keys(at: &str, value: &Json, keys: &mut BTreeSet<String>) {
    match value {
        Json::Object(table) => {
            for (name, value) in table {
                let key = if at.is_empty() {
                    name.clone()
                } else {
                    format!("{at}.{name}")
                };
                collect_keys(&key, value, keys);
            }
        }
        _ => {
            keys.insert(at.to_owned());
        }
    }
}

fn without_indexes(key: &str) -> String {
    let mut plain = String::new();
    let mut is_index = false;
    for letter in key.chars() {
        is_index = is_index && letter != ']';
        if !is_index {
            plain.push(letter);
        }
        is_index = is_index || letter == '[';
    }
    plain
}

#[cfg(test)]
mod tests;
