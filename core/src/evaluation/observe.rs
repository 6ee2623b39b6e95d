//! Observers: what sees an evaluation happen. The same algorithm runs with and without one.

use crate::limits::EXPLANATION_STEPS_MAX;
use crate::value::Value;
use alloc::string::String;
use alloc::vec::Vec;

/// How a share was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Bucketing {
    /// The hash of the bucketing value.
    pub hash: u32,
    /// The bucket, `0..total`.
    pub bucket: u32,
    /// The sum of the weights.
    pub total: u32,
    /// Where the share begins that the bucket lies in.
    pub from: u32,
    /// Where it ends: the first bucket beyond it.
    pub to: u32,
}

/// Sees the steps of an evaluation. Every `enter` is followed by one `leave` or `fail`, properly nested.
pub trait Observer {
    /// Whether anything is seen: where not, evaluation does not even prepare it.
    const LISTENS: bool;

    /// Operand `position` of the step above begins; `operator` as a rule writes it, or the kind of a literal.
    fn enter(&mut self, position: u32, operator: &'static str);

    /// The step that began last found its share.
    fn bucketed(&mut self, bucketing: Bucketing);

    /// The step that began last has a value.
    fn leave(&mut self, value: impl FnOnce() -> Value);

    /// The step that began last has none: targeting failed there.
    fn fail(&mut self);
}

/// Sees nothing and costs nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unobserved;

impl Observer for Unobserved {
    const LISTENS: bool = false;

    fn enter(&mut self, _: u32, _: &'static str) {}

    fn bucketed(&mut self, _: Bucketing) {}

    fn leave(&mut self, _: impl FnOnce() -> Value) {}

    fn fail(&mut self) {}
}

/// One step of targeting.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "camelCase"))]
pub struct Step {
    /// Where in the rule: `targeting`, `targeting.if.0`; inside a `$ref` counted as if it stood there.
    pub path: String,
    /// The operator, or the kind of a literal.
    pub operator: String,
    /// What it gave; none where targeting failed there.
    #[cfg_attr(
        feature = "serde",
        serde(
            default,
            deserialize_with = "some",
            skip_serializing_if = "Option::is_none"
        )
    )]
    pub value: Option<Value>,
    /// The share it found.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub bucketing: Option<Bucketing>,
}

/// A `null` that is there is a value.
#[cfg(feature = "serde")]
fn some<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    serde::Deserialize::deserialize(deserializer).map(Some)
}

/// Records the path through targeting: the steps that ran, in the order they began.
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Explanation {
    /// The steps, at most `limits::EXPLANATION_STEPS_MAX`.
    pub steps: Vec<Step>,
    /// How many more there were.
    pub omitted: u32,
    /// The steps that have begun and not ended; none for one that is not recorded.
    #[cfg_attr(feature = "serde", serde(skip))]
    open: Vec<Option<usize>>,
}

impl Observer for Explanation {
    const LISTENS: bool = true;

    fn enter(&mut self, position: u32, operator: &'static str) {
        if self.steps.len() >= EXPLANATION_STEPS_MAX {
            self.omitted = self.omitted.saturating_add(1);
            self.open.push(None);
            return;
        }
        let above = self
            .open
            .last()
            .copied()
            .flatten()
            .and_then(|at| self.steps.get(at));
        let path = match above {
            Some(step) => {
                let number = Value::from(position);
                let mut path = step.path.clone();
                path.push('.');
                path.push_str(&step.operator);
                path.push('.');
                crate::targeting::item::Item::from(&number).write_text(&mut path);
                path
            }
            None => "targeting".into(),
        };
        self.open.push(Some(self.steps.len()));
        self.steps.push(Step {
            path,
            operator: operator.into(),
            value: None,
            bucketing: None,
        });
    }

    fn bucketed(&mut self, bucketing: Bucketing) {
        let at = self.open.last().copied().flatten();
        if let Some(step) = at.and_then(|at| self.steps.get_mut(at)) {
            step.bucketing = Some(bucketing);
        }
    }

    fn leave(&mut self, value: impl FnOnce() -> Value) {
        let at = self.open.pop().flatten();
        if let Some(step) = at.and_then(|at| self.steps.get_mut(at)) {
            step.value = Some(value());
        }
    }

    fn fail(&mut self) {
        self.open.pop();
    }
}
