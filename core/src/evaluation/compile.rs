//! `compile`: from a document to an image. One bad flag fails alone and answers its error; the rest is served.

use super::ErrorCode;
use crate::bundle::{Bundle, stream};
use crate::diagnostic::{Diagnostic, Place};
use crate::flag::{Definition, State};
use crate::ruleset::build::{Body, ImageBuilder};
use crate::ruleset::layout::NO_VARIANT;
use crate::ruleset::{HashVersion, Ruleset};
use crate::targeting::parse::{RuleError, Rules};
use crate::value::Value;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// How to compile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CompileOptions {
    /// The hash version of `fractional`, whatever the document says.
    pub fractional: Option<HashVersion>,
}

/// Compiles a document; a finding for everything that could not be compiled as written.
pub fn compile(bundle: &Bundle) -> (Ruleset, Vec<Diagnostic>) {
    compile_with(bundle, CompileOptions::default())
}

/// The same, with options.
pub fn compile_with(bundle: &Bundle, options: CompileOptions) -> (Ruleset, Vec<Diagnostic>) {
    let mut compiler = Compiler::new(bundle, options);
    let mut image = ImageBuilder::new();
    let mut rules = compiler.rules(bundle, &mut image);
    for (key, flag) in flags_in_order(bundle) {
        compiler.flag(&mut rules, key, flag);
    }
    let Compiler { version, mut found } = compiler;
    let ledger = bundle.ledger().unwrap_or_default();
    match image.finish(
        version,
        ledger,
        bundle.revision().unwrap_or_default(),
        &bundle.metadata,
    ) {
        Ok(ruleset) => (ruleset, found),
        Err(error) => {
            let fix = "split the document";
            found.push(Diagnostic::error(
                "image",
                Place::default(),
                format!("{error}"),
                fix,
            ));
            (Ruleset::empty(), found)
        }
    }
}

/// Reads and compiles any flagd document: `Bundle::from_foreign_json` and `compile_with` in one, flag by flag where it can be.
pub fn compile_foreign(
    document: &[u8],
    options: CompileOptions,
) -> Result<(Ruleset, Vec<Diagnostic>), Vec<Diagnostic>> {
    match one_by_one(document, options) {
        Some(compiled) => Ok(compiled),
        None => Ok(compile_with(&Bundle::from_foreign_json(document)?, options)),
    }
}

fn one_by_one(document: &[u8], options: CompileOptions) -> Option<(Ruleset, Vec<Diagnostic>)> {
    let document = core::str::from_utf8(document).ok()?;
    let head = stream::head(document)?;
    let mut compiler = Compiler::new(&head, options);
    let mut image = ImageBuilder::new();
    let mut rules = compiler.rules(&head, &mut image);
    stream::flags(document, |key, flag| {
        compiler.flag(&mut rules, &key, flag.as_ref());
    })?;
    let ruleset = image.finish(
        compiler.version,
        head.ledger().unwrap_or_default(),
        head.revision().unwrap_or_default(),
        &head.metadata,
    );
    // Also where two flags have one key: read as a whole, the later one counts.
    Some((ruleset.ok()?, compiler.found))
}

/// What is wrong with a rule that stands alone.
pub(crate) fn check_rule(key: &str, rule: &Value) -> Option<Diagnostic> {
    let evaluators = BTreeMap::new();
    let mut image = ImageBuilder::new();
    let mut rules = Rules::new(&mut image, &evaluators, HashVersion::default());
    let error = rules.flag(key, rule).err()?;
    Some(diagnostic(format!("flags.{key}.targeting"), &error))
}

/// What is found on the way.
struct Compiler {
    version: HashVersion,
    found: Vec<Diagnostic>,
}

impl Compiler {
    fn new(set: &Bundle, options: CompileOptions) -> Self {
        let mut found = Vec::new();
        let version = options.fractional;
        let version = version.unwrap_or_else(|| declared_version(set, &mut found));
        Self { version, found }
    }

    /// A compiler for the rules of a set, its named ones compiled.
    fn rules<'a>(&mut self, set: &'a Bundle, image: &'a mut ImageBuilder) -> Rules<'a> {
        let mut rules = Rules::new(image, &set.evaluators, self.version);
        for name in set.evaluators.keys() {
            if let Err(error) = rules.evaluator(name) {
                let path = format!("$evaluators.{name}");
                self.found.push(diagnostic(path, &error));
            }
        }
        rules
    }

    fn flag(&mut self, rules: &mut Rules<'_>, key: &str, flag: BundledFlag<'_>) {
        match flag {
            Ok(flag) => definition(rules, key, flag, &mut self.found),
            Err(broken) => {
                let body = Body::Broken {
                    code: broken.code as u8,
                    message: &broken.message,
                };
                rules.image().flag(key, body, &broken.metadata);
            }
        }
    }
}

type BundledFlag<'a> = Result<&'a Definition, &'a crate::bundle::BrokenFlag>;

/// Sound and broken flags, merged in key order as the image has them.
fn flags_in_order(bundle: &Bundle) -> BTreeMap<&str, BundledFlag<'_>> {
    // Not collected: sorting what is sorted would cost kilobytes of code.
    let mut flags = BTreeMap::new();
    for (key, flag) in &bundle.broken {
        flags.insert(key.as_str(), Err(flag));
    }
    for (key, flag) in &bundle.flags {
        flags.insert(key.as_str(), Ok(flag));
    }
    flags
}

fn declared_version(bundle: &Bundle, found: &mut Vec<Diagnostic>) -> HashVersion {
    let Some(declared) = bundle.metadata.get(crate::bundle::FRACTIONAL) else {
        return HashVersion::default();
    };
    let version = declared.as_str().map(str::parse::<HashVersion>);
    let Some(Ok(version)) = version else {
        let place = Place {
            path: format!("metadata.{}", crate::bundle::FRACTIONAL),
            ..Place::default()
        };
        let message = "the hash version is not known, `v2` is used";
        found.push(Diagnostic::warning(
            "fractional",
            place,
            message,
            "write `v2` or `v3`",
        ));
        return HashVersion::default();
    };
    version
}

fn definition(rules: &mut Rules<'_>, key: &str, flag: &Definition, found: &mut Vec<Diagnostic>) {
    let place = |path: &str| format!("flags.{key}.{path}");
    let default = flag
        .default_variant
        .as_deref()
        .filter(|name| !name.is_empty());
    let position = |name: &str| flag.variants.keys().position(|variant| variant == name);
    let default = match default.map(|name| position(name).ok_or(name)) {
        None => None,
        Some(Ok(position)) => Some(position as u16),
        Some(Err(name)) => {
            let error = sentence(
                format!("the default variant `{name}` is not a variant"),
                "name one of the variants",
            );
            return broken(
                rules,
                key,
                flag,
                ErrorCode::General,
                diagnostic(place("defaultVariant"), &error),
                found,
            );
        }
    };
    if flag.variants.len() >= usize::from(NO_VARIANT) {
        let error = sentence(
            format!("there are {} variants", flag.variants.len()),
            "use fewer than 65,535",
        );
        return broken(
            rules,
            key,
            flag,
            ErrorCode::General,
            diagnostic(place("variants"), &error),
            found,
        );
    }
    let body = match flag.state {
        State::Disabled => Body::Disabled {
            variants: &flag.variants,
            default,
        },
        State::Enabled => {
            let rule = flag.targeting.as_ref().filter(|rule| !is_no_rule(rule));
            let program = match rule.map(|rule| rules.flag(key, rule)).transpose() {
                Ok(program) => program,
                Err(error) => {
                    let finding = diagnostic(place("targeting"), &error);
                    return broken(rules, key, flag, ErrorCode::ParseError, finding, found);
                }
            };
            Body::Enabled {
                variants: &flag.variants,
                default,
                program,
            }
        }
    };
    rules.image().flag(key, body, &flag.metadata);
}

fn broken(
    rules: &mut Rules<'_>,
    key: &str,
    flag: &Definition,
    code: ErrorCode,
    finding: Diagnostic,
    found: &mut Vec<Diagnostic>,
) {
    let message = format!("{}: {}", finding.place.path, finding.message);
    rules.image().flag(
        key,
        Body::Broken {
            code: code as u8,
            message: &message,
        },
        &flag.metadata,
    );
    found.push(finding);
}

/// `{}` and `null` are no targeting.
fn is_no_rule(rule: &Value) -> bool {
    match rule {
        Value::Null => true,
        Value::Object(map) => map.is_empty(),
        _ => false,
    }
}

fn sentence(message: String, fix: &'static str) -> RuleError {
    RuleError {
        path: String::new(),
        message,
        fix,
    }
}

fn diagnostic(mut path: String, error: &RuleError) -> Diagnostic {
    path.push_str(&error.path);
    Diagnostic::error(
        "targeting",
        Place {
            path,
            ..Place::default()
        },
        error.message.clone(),
        error.fix,
    )
}
