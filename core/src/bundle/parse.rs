//! From JSON to a `Bundle`: bounded, with a place for every finding.

use super::source::{FINDINGS_MAX, duplicates, locate};
use super::{BrokenFlag, Bundle};
use crate::diagnostic::{Diagnostic, Place, Severity};
use crate::evaluation::{ErrorCode, compile};
use crate::flag::{Definition, State};
use crate::limits::{DOCUMENT_BYTES_MAX, NESTING_MAX};
use crate::value::Value;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

type Map = BTreeMap<String, Value>;

/// Our own writes.
pub(super) fn strict(document: &[u8]) -> Result<Bundle, Vec<Diagnostic>> {
    let (text, map) = object(document)?;
    let mut reader = Reader {
        found: duplicates(text),
        is_strict: true,
    };
    let bundle = reader.document(map);
    let mut found = reader.found;
    if found.is_empty() {
        found = bundle
            .flags
            .iter()
            .flat_map(|(key, flag)| flag.check_parts(key))
            .take(FINDINGS_MAX)
            .collect();
    }
    if found.is_empty() {
        found = compile(&bundle).1.into_iter().take(FINDINGS_MAX).collect();
    }
    found.retain(|finding| finding.severity == Severity::Error || finding.code == "fractional");
    refuse_or(bundle, text, found)
}

/// Anybody's.
pub(super) fn lenient(document: &[u8]) -> Result<Bundle, Vec<Diagnostic>> {
    let (text, map) = object(document)?;
    let mut reader = Reader {
        found: Vec::new(),
        is_strict: false,
    };
    let bundle = reader.document(map);
    refuse_or(bundle, text, reader.found)
}

fn refuse_or(
    bundle: Bundle,
    text: &str,
    mut found: Vec<Diagnostic>,
) -> Result<Bundle, Vec<Diagnostic>> {
    if found.is_empty() {
        return Ok(bundle);
    }
    found.truncate(FINDINGS_MAX);
    locate(text, &mut found);
    Err(found)
}

fn object(document: &[u8]) -> Result<(&str, Map), Vec<Diagnostic>> {
    let refuse = |place: Place, message: String, fix: &str| {
        Err(vec![Diagnostic::error("json", place, message, fix)])
    };
    if document.len() > DOCUMENT_BYTES_MAX {
        let message = format!(
            "the document takes {} bytes, more than {DOCUMENT_BYTES_MAX}",
            document.len()
        );
        return refuse(Place::default(), message, "split it");
    }
    let text = match core::str::from_utf8(document) {
        Ok(text) => text,
        Err(error) => {
            let message = format!(
                "the document is not UTF-8 from byte {} on",
                error.valid_up_to()
            );
            return refuse(Place::default(), message, "save it as UTF-8");
        }
    };
    match serde_json::from_str::<Value>(text) {
        Ok(Value::Object(map)) => Ok((text, map)),
        Ok(other) => {
            let message = format!(
                "the document is of type {}, not an object",
                other.type_name()
            );
            refuse(Place::default(), message, "write `{\"flags\": {…}}`")
        }
        Err(error) => {
            let place = Place {
                line: error.line() as u32,
                column: error.column() as u32,
                path: String::new(),
            };
            let text = error.to_string();
            let message = text
                .rsplit_once(" at line")
                .map_or(text.as_str(), |(message, _)| message);
            match message {
                "recursion limit exceeded" => refuse(
                    place,
                    format!("the document nests deeper than {NESTING_MAX} levels"),
                    "flatten it",
                ),
                message => refuse(
                    place,
                    message.to_ascii_lowercase(),
                    "correct the JSON there",
                ),
            }
        }
    }
}

/// Reads the flags of a foreign document one after the other.
#[derive(Default)]
pub(super) struct OneByOne {
    scratch: Bundle,
}

impl OneByOne {
    /// A flag; none where it refuses the document as a whole.
    pub(super) fn read(
        &mut self,
        key: &str,
        flag: Value,
    ) -> Option<Result<Definition, BrokenFlag>> {
        let mut reader = Reader {
            found: Vec::new(),
            is_strict: false,
        };
        reader.flag(&mut self.scratch, key.into(), flag);
        let sound = self.scratch.flags.pop_first().map(|(_, flag)| Ok(flag));
        let broken = self.scratch.broken.pop_first().map(|(_, flag)| Err(flag));
        sound.or(broken).filter(|_| reader.found.is_empty())
    }
}

struct Reader {
    found: Vec<Diagnostic>,
    is_strict: bool,
}

impl Reader {
    fn error(&mut self, path: &str, message: String, fix: &str) {
        if self.found.len() < FINDINGS_MAX {
            let place = Place {
                path: path.into(),
                ..Place::default()
            };
            self.found
                .push(Diagnostic::error("flag", place, message, fix));
        }
    }

    /// In a strict reading refuses keys that mean nothing.
    fn unknown(&mut self, path: &str, map: &Map, known: &[&str]) {
        if self.is_strict {
            for key in map.keys().filter(|key| !known.contains(&key.as_str())) {
                let fix = format!("the keys here are {}", known.join(", "));
                let path = if path.is_empty() {
                    key.clone()
                } else {
                    format!("{path}.{key}")
                };
                self.error(&path, format!("`{key}` is not a known key"), &fix);
            }
        }
    }

    fn document(&mut self, mut map: Map) -> Bundle {
        self.unknown("", &map, &["flags", "metadata", "$evaluators", "$schema"]);
        let metadata = self.map_of("", &mut map, "metadata");
        if self.is_strict {
            for (name, _) in metadata.iter().filter(|(_, value)| !is_scalar(value)) {
                let message = "metadata holds scalars only".into();
                self.error(
                    &format!("metadata.{name}"),
                    message,
                    "use text, a number or a boolean",
                );
            }
        }
        let evaluators = self.map_of("", &mut map, "$evaluators");
        let mut bundle = Bundle {
            metadata,
            evaluators,
            ..Bundle::default()
        };
        match map.remove("flags") {
            Some(Value::Object(flags)) => {
                for (key, flag) in flags {
                    self.flag(&mut bundle, key, flag);
                }
            }
            Some(Value::Array(flags)) if !self.is_strict => self.listed(&mut bundle, flags),
            Some(_) => self.error(
                "flags",
                "`flags` is not an object".into(),
                "write key and definition of each flag",
            ),
            None => self.error("", "`flags` is missing".into(), "write `{\"flags\": {…}}`"),
        }
        bundle
    }

    /// The list form flagd's daemon takes: each flag names its key.
    fn listed(&mut self, bundle: &mut Bundle, flags: Vec<Value>) {
        for (index, flag) in flags.into_iter().enumerate() {
            match flag
                .as_object()
                .and_then(|flag| flag.get("key"))
                .and_then(Value::as_str)
            {
                Some(key) => self.flag(bundle, key.to_string(), flag),
                None => self.error(
                    &format!("flags.{index}"),
                    "the flag has no `key`".into(),
                    "give it one",
                ),
            }
        }
    }

    fn map_of(&mut self, path: &str, map: &mut Map, name: &str) -> Map {
        match map.remove(name) {
            Some(Value::Object(inner)) => inner,
            None | Some(Value::Null) => Map::new(),
            Some(_) => {
                if self.is_strict {
                    let path = if path.is_empty() {
                        name.to_string()
                    } else {
                        format!("{path}.{name}")
                    };
                    self.error(
                        &path,
                        format!("`{name}` is not an object"),
                        "write `{…}`, or leave it out",
                    );
                }
                Map::new()
            }
        }
    }

    fn flag(&mut self, bundle: &mut Bundle, key: String, flag: Value) {
        let path = format!("flags.{key}");
        let (metadata, definition) = match flag {
            Value::Object(mut map) => {
                let known = [
                    "state",
                    "variants",
                    "defaultVariant",
                    "targeting",
                    "metadata",
                ];
                self.unknown(&path, &map, &known);
                let metadata = self.map_of(&path, &mut map, "metadata");
                (metadata.clone(), self.definition(&path, map, metadata))
            }
            other => {
                let message = format!("the flag is of type {}, not an object", other.type_name());
                (
                    Map::new(),
                    Err(Fault {
                        part: "",
                        message,
                        fix: "write its definition",
                    }),
                )
            }
        };
        match definition {
            Ok(definition) => {
                bundle.flags.insert(key, definition);
            }
            Err(fault) => {
                let path = if fault.part.is_empty() {
                    path
                } else {
                    format!("{path}.{}", fault.part)
                };
                if self.is_strict {
                    return self.error(&path, fault.message, fault.fix);
                }
                let message = format!("{path}: {}", fault.message);
                let code = ErrorCode::ParseError;
                bundle.broken.insert(
                    key,
                    BrokenFlag {
                        code,
                        message,
                        metadata,
                    },
                );
            }
        }
    }

    fn definition(&mut self, path: &str, mut map: Map, metadata: Map) -> Result<Definition, Fault> {
        let fault = |part, message: &str, fix| Fault {
            part,
            message: message.into(),
            fix,
        };
        let state = match map.get("state").map(Value::as_str) {
            Some(Some("ENABLED")) => State::Enabled,
            Some(Some("DISABLED")) => State::Disabled,
            found => {
                let part = if found.is_some() { "state" } else { "" };
                let message = "the state is neither `ENABLED` nor `DISABLED`";
                return Err(fault(part, message, "write one of the two"));
            }
        };
        let variants = match map.remove("variants") {
            Some(Value::Object(variants)) => variants,
            found => {
                let part = if found.is_some() { "variants" } else { "" };
                let fix = "write name and value of each variant";
                return Err(fault(part, "`variants` is not an object", fix));
            }
        };
        const FIX: &str = "name one of the variants, or none";
        let default_variant = match map.remove("defaultVariant") {
            None | Some(Value::Null) => None,
            // flagd-core takes the empty text for none.
            Some(Value::String(name)) if name.is_empty() && !variants.contains_key("") => None,
            Some(Value::String(name)) => {
                if !variants.contains_key(&name) {
                    let path = format!("{path}.defaultVariant");
                    self.error(&path, format!("`{name}` is not a variant"), FIX);
                }
                Some(name)
            }
            Some(_) => {
                return Err(fault(
                    "defaultVariant",
                    "the default variant is not text",
                    FIX,
                ));
            }
        };
        let targeting = map.remove("targeting").filter(|rule| *rule != Value::Null);
        Ok(Definition {
            state,
            variants,
            default_variant,
            targeting,
            metadata,
        })
    }
}

/// Why one flag cannot be read.
struct Fault {
    /// The key of the flag that is at fault; empty for the flag itself.
    part: &'static str,
    message: String,
    fix: &'static str,
}

fn is_scalar(value: &Value) -> bool {
    matches!(
        value,
        Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::String(_)
    )
}
