//! The evaluator for JavaScript hosts: a thin skin of `flaghoist-core`.
//!
//! Numbers cross on the hot path: a flag's index in, one packed number out. Variant values cross once, at load, and stay
//! ready JavaScript values; constant flags never cross again; a context crosses once, when it is set, and only with the
//! attributes that some flag reads. Invariants: nothing here throws but loading; an evaluation always gives a number.
//! Values leave as JSON text, so that JavaScript reads them as it reads any document: large integers as the nearest
//! number, `__proto__` as a name like others.
//! Not here: refreshing and fetching, which are JavaScript's (`wasm/npm`).

use flaghoist_core::bundle::Bundle;
use flaghoist_core::context::Context;
use flaghoist_core::evaluation::{Details, FlagType, Resolution, Unobserved, compile, evaluate};
use flaghoist_core::ruleset::{FlagIndex, Ruleset};
use flaghoist_core::time::Timestamp;
use flaghoist_core::value::Value;
use serde::Serialize;
use wasm_bindgen::prelude::{JsError, JsValue, wasm_bindgen};

/// In the packed answer: no variant, the caller's default applies.
const NO_VARIANT: u32 = 0xffff;

/// The rules of one bundle, and the context that is asked about.
#[wasm_bindgen]
pub struct Rules {
    ruleset: Ruleset,
    context: Context,
}

/// What JavaScript keeps of a bundle.
#[derive(Serialize)]
struct Tables<'a> {
    /// Empty where the document names none.
    ledger: String,
    /// 0 where the document names none.
    revision: u64,
    /// The top-level attributes that evaluation can read; null where it can be any.
    attributes: Option<Vec<&'a str>>,
    /// In the order of indices.
    flags: Vec<Flag<'a>>,
}

/// What JavaScript keeps of a flag.
#[derive(Serialize)]
struct Flag<'a> {
    key: &'a str,
    /// The variants' names, in the order that answers count them.
    names: Vec<&'a str>,
    /// Their values, in the same order.
    values: Vec<Value>,
    /// Whether every context gets the same answer.
    constant: bool,
}

#[wasm_bindgen]
impl Rules {
    /// Loads a flagd document.
    ///
    /// # Errors
    /// A document that cannot be read at all, with every finding in the message.
    #[wasm_bindgen(constructor)]
    pub fn new(document: &str) -> Result<Rules, JsError> {
        let bundle = Bundle::from_foreign_json(document).map_err(|diagnostics| {
            let lines: Vec<String> = diagnostics.iter().map(ToString::to_string).collect();
            JsError::new(&lines.join("; "))
        })?;
        let (ruleset, _) = compile(&bundle);
        Ok(Self {
            ruleset,
            context: Context::default(),
        })
    }

    /// What JavaScript keeps of the bundle, as JSON: `{ledger, revision, attributes, flags}`, each flag as
    /// `{key, names, values, constant}`.
    ///
    /// # Errors
    /// Never in fact: every part of it has a form in JSON.
    pub fn tables(&self) -> Result<String, JsError> {
        let flag = |(index, key)| {
            let (names, values) = self.ruleset.variants(index).unzip();
            Flag {
                key,
                names,
                values,
                constant: self.ruleset.is_constant(index),
            }
        };
        let tables = Tables {
            ledger: self.ruleset.ledger().into(),
            revision: self.ruleset.revision(),
            attributes: self.ruleset.attributes_read().map(Vec::from_iter),
            flags: self.ruleset.flags().map(flag).collect(),
        };
        Ok(serde_json::to_string(&tables)?)
    }

    /// Sets the context that is asked about; whether it could be read. One that cannot be leaves an empty context.
    #[wasm_bindgen(js_name = setContext)]
    pub fn set_context(&mut self, context: JsValue) -> bool {
        let read = serde_wasm_bindgen::from_value(context);
        let ok = read.is_ok();
        self.context = read.unwrap_or_default();
        ok
    }

    /// Sets a context that names only the subject.
    #[wasm_bindgen(js_name = setKey)]
    pub fn set_key(&mut self, targeting_key: &str) {
        self.context = Context::for_key(targeting_key);
    }

    /// Evaluates a flag by index at a moment (milliseconds since 1970): `variant | reason << 16 | error << 24`; variant
    /// 0xffff is none, error 0 is none.
    pub fn evaluate(&self, flag: u32, now: f64) -> u32 {
        let resolution = self.resolve(FlagIndex(flag), now);
        let variant = resolution.variant.map_or(NO_VARIANT, u32::from);
        let error = resolution.error().map_or(0, |code| code as u32);
        variant | (resolution.reason as u32) << 16 | error << 24
    }

    /// The whole answer for a flag by key, as JSON; `expected` is the type asked for, or nothing.
    ///
    /// # Errors
    /// Never in fact: every part of it has a form in JSON.
    pub fn details(
        &self,
        flag: &str,
        expected: Option<String>,
        now: f64,
    ) -> Result<String, JsError> {
        let mut resolution = evaluate(
            &self.ruleset,
            flag,
            &self.context,
            moment(now),
            &mut Unobserved,
        );
        if let Some(expected) = expected.and_then(|name| name.parse::<FlagType>().ok()) {
            resolution = resolution.expecting(expected, &self.ruleset);
        }
        let details = Details::new(&self.ruleset, flag, &resolution);
        Ok(serde_json::to_string(&details)?)
    }

    fn resolve(&self, flag: FlagIndex, now: f64) -> Resolution {
        evaluate(
            &self.ruleset,
            flag,
            &self.context,
            moment(now),
            &mut Unobserved,
        )
    }
}

/// JavaScript's time; what is no number is the epoch.
fn moment(now: f64) -> Timestamp {
    // A float to integer cast saturates, and gives 0 for NaN.
    Timestamp::from_millis(now as i64)
}
