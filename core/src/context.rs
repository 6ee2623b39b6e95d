//! `Context`: the evaluation context of OpenFeature: who asks, and what is known about them.
//!
//! Invariant: `targetingKey` is a plain top-level attribute like any other, as flagd sees it.
//! Not here: `$flagd.*`, which the evaluator supplies and a caller cannot override.

use crate::value::Value;
use alloc::collections::BTreeMap;
use alloc::string::String;

/// The name of the attribute that identifies the subject of an evaluation.
pub const TARGETING_KEY: &str = "targetingKey";

/// What a caller tells about the subject of an evaluation.
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct Context {
    attributes: BTreeMap<String, Value>,
}

impl Context {
    /// A context that names only the subject.
    pub fn for_key(targeting_key: impl Into<String>) -> Self {
        let mut context = Self::default();
        context.set(TARGETING_KEY, Value::String(targeting_key.into()));
        context
    }

    /// A context of these attributes.
    pub fn from_attributes(attributes: BTreeMap<String, Value>) -> Self {
        Self { attributes }
    }

    /// Sets an attribute, replacing an earlier value.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<Value>) {
        self.attributes.insert(name.into(), value.into());
    }

    /// An attribute by its top-level name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.attributes.get(name)
    }

    /// The subject, where it is named by text.
    pub fn targeting_key(&self) -> Option<&str> {
        self.get(TARGETING_KEY).and_then(Value::as_str)
    }

    /// Every attribute, in key order.
    pub fn attributes(&self) -> &BTreeMap<String, Value> {
        &self.attributes
    }
}
