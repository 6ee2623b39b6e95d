//! The evaluator for JavaScript hosts: a thin skin of `flaghoist-core` over images.
//!
//! Numbers cross on the hot path: a flag's index in, one packed number out. What a flag answers with crosses once, when it
//! is first asked, and stays as ready JavaScript values; constant flags never cross again; an attribute crosses by its slot,
//! and only where the flag reads it. Invariants: nothing here throws but loading; an evaluation always gives a number.
//! Values leave as JSON text, so that JavaScript reads them as it reads any document: large integers as the nearest
//! number, `__proto__` as a name like others.
//! Not here: documents (`flaghoist-wasm-compiler`), refreshing and fetching (`wasm/npm`).

mod nested;

use flaghoist_core::context::Context;
use flaghoist_core::evaluation::{
    Attributes, Prepared, Resolution, Unobserved, evaluate, evaluate_all,
};
use flaghoist_core::ruleset::{FlagIndex, Ruleset};
use flaghoist_core::time::Timestamp;
use flaghoist_core::value::Value;
use wasm_bindgen::prelude::{JsError, wasm_bindgen};

/// In the packed answer: no variant, the caller's default applies.
const NO_VARIANT: u32 = 0xffff;
/// Bytes that JavaScript may write before a call: longer texts cross as strings.
const SCRATCH: usize = 256;

/// The rules of one bundle, and the context that is asked about.
#[wasm_bindgen]
pub struct Rules {
    ruleset: Ruleset,
    prepared: Prepared,
    scratch: Box<[u8; SCRATCH]>,
    answers: Vec<u32>,
}

#[wasm_bindgen]
impl Rules {
    /// Loads an image.
    ///
    /// # Errors
    /// An image that is foreign, cut short, damaged or of another format, with the reason.
    #[wasm_bindgen(constructor)]
    pub fn new(image: Vec<u8>) -> Result<Rules, JsError> {
        let ruleset = Ruleset::from_bytes(image).map_err(|error| JsError::new(&error.message()))?;
        Ok(Self {
            prepared: Prepared::new(&ruleset),
            ruleset,
            scratch: Box::new([0; SCRATCH]),
            answers: Vec::new(),
        })
    }

    /// The format of images that this build reads.
    pub fn format() -> u32 {
        u32::from(Ruleset::FORMAT)
    }

    /// Where in the memory JavaScript may write texts of up to `scratchLength` bytes.
    #[wasm_bindgen(getter)]
    pub fn scratch(&self) -> u32 {
        self.scratch.as_ptr() as usize as u32
    }

    /// How many bytes there are.
    #[wasm_bindgen(getter, js_name = scratchLength)]
    pub fn scratch_length(&self) -> u32 {
        SCRATCH as u32
    }

    /// How many flags there are.
    #[wasm_bindgen(getter)]
    pub fn length(&self) -> u32 {
        self.ruleset.len()
    }

    /// The set as JSON: see `Ruleset::set_json`.
    pub fn set(&self) -> String {
        self.ruleset.set_json()
    }

    /// The index of a flag, or -1.
    pub fn find(&self, key: &str) -> i32 {
        self.ruleset.find(key).map_or(-1, |index| index.0 as i32)
    }

    /// The keys of the flags `from` on, at most so many, as JSON.
    pub fn keys(&self, from: u32, count: u32) -> String {
        self.ruleset.keys_json(FlagIndex(from), count)
    }

    /// A flag as JSON: see `Ruleset::flag_json`.
    pub fn flag(&self, index: u32) -> String {
        self.ruleset.flag_json(FlagIndex(index))
    }

    /// The variants of a flag as JSON: see `Ruleset::variants_json`.
    pub fn variants(&self, index: u32) -> String {
        self.ruleset.variants_json(FlagIndex(index))
    }

    /// The image.
    pub fn image(&self) -> Vec<u8> {
        self.ruleset.as_bytes().to_vec()
    }

    /// Tells all of a context, as `nested` has it; whether it could be read. One that cannot be leaves an empty context.
    #[wasm_bindgen(js_name = setContext)]
    pub fn set_context(&mut self, context: &[u8]) -> bool {
        let read = match nested::read(context) {
            Some(Value::Object(attributes)) => Some(Context::from_attributes(attributes)),
            _ => None,
        };
        let ok = read.is_some();
        self.prepared
            .set_context(&self.ruleset, read.unwrap_or_default());
        ok
    }

    /// Tells nothing of an attribute.
    #[wasm_bindgen(js_name = setNull)]
    pub fn set_null(&mut self, slot: u32) {
        self.prepared.set_null(slot);
    }

    /// Tells a truth value.
    #[wasm_bindgen(js_name = setBoolean)]
    pub fn set_boolean(&mut self, slot: u32, value: bool) {
        self.prepared.set_bool(slot, value);
    }

    /// Tells a number.
    #[wasm_bindgen(js_name = setNumber)]
    pub fn set_number(&mut self, slot: u32, number: f64) {
        self.prepared.set_number(slot, number);
    }

    /// Tells the text that JavaScript wrote to the scratch memory.
    #[wasm_bindgen(js_name = setWritten)]
    pub fn set_written(&mut self, slot: u32, length: u32) {
        let written = self.scratch.get(..length as usize).unwrap_or_default();
        // JavaScript writes nothing but ASCII there.
        let text = core::str::from_utf8(written).unwrap_or_default();
        self.prepared.set_text(slot, text);
    }

    /// Tells a text.
    #[wasm_bindgen(js_name = setText)]
    pub fn set_text(&mut self, slot: u32, text: &str) {
        self.prepared.set_text(slot, text);
    }

    /// Tells a list or an object, as `nested` has it; whether it could be read. One that cannot be is told as nothing.
    #[wasm_bindgen(js_name = setNested)]
    pub fn set_nested(&mut self, slot: u32, value: &[u8]) -> bool {
        let read = nested::read(value);
        let ok = read.is_some();
        self.prepared.set_nested(slot, read.unwrap_or_default());
        ok
    }

    /// Evaluates a flag by index at a moment (milliseconds since 1970): `variant | reason << 16 | error << 24`; variant
    /// 0xffff is none, error 0 is none.
    pub fn evaluate(&self, flag: u32, now: f64) -> u32 {
        packed(&self.resolve(flag, now))
    }

    /// The same for a subject of whom nothing is told but the key that JavaScript wrote to the scratch memory.
    #[wasm_bindgen(js_name = evaluateWritten)]
    pub fn evaluate_written(&self, flag: u32, length: u32, now: f64) -> u32 {
        let written = self.scratch.get(..length as usize).unwrap_or_default();
        let key = core::str::from_utf8(written).unwrap_or_default();
        let attributes = Attributes::Subject(key);
        let now = moment(now);
        packed(&evaluate(
            &self.ruleset,
            FlagIndex(flag),
            attributes,
            now,
            &mut Unobserved,
        ))
    }

    /// Evaluates every flag; where in the memory the packed answers lie until the next call.
    #[wasm_bindgen(js_name = evaluateAll)]
    pub fn evaluate_all(&mut self, now: f64) -> u32 {
        self.answers.clear();
        let answers = &mut self.answers;
        evaluate_all(&self.ruleset, &self.prepared, moment(now), |_, answer| {
            answers.push(packed(&answer));
        });
        self.answers.as_ptr() as usize as u32
    }

    /// What went wrong with a flag, for a person; nothing where nothing did.
    pub fn message(&self, flag: u32, now: f64) -> Option<String> {
        let failure = self.resolve(flag, now).failure;
        failure.map(|failure| failure.message)
    }

    fn resolve(&self, flag: u32, now: f64) -> Resolution {
        evaluate(
            &self.ruleset,
            FlagIndex(flag),
            &self.prepared,
            moment(now),
            &mut Unobserved,
        )
    }
}

fn packed(resolution: &Resolution) -> u32 {
    let variant = resolution.variant.map_or(NO_VARIANT, u32::from);
    let error = resolution.error().map_or(0, |code| code as u32);
    variant | (resolution.reason as u32) << 16 | error << 24
}

/// JavaScript's time; what is no number is the epoch.
fn moment(now: f64) -> Timestamp {
    // A float to integer cast saturates, and gives 0 for NaN.
    Timestamp::from_millis(now as i64)
}
