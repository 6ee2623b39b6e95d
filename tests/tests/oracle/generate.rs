//! Makes documents and contexts from a seed: every operator, mostly sensible and sometimes not.
//!
//! The same seed gives the same case on every machine. Rules are made by what they should give (a variant, a truth
//! value, a number, a text, a list) so that most of them decide something; now and then one is of another kind.

use super::rules::Gives;
use flaghoist_core::value::Value;
use flaghoist_tests::random::Random;
use std::collections::BTreeMap;

/// One document and contexts to ask it with.
pub struct Case {
    pub document: Value,
    pub contexts: Vec<Value>,
}

const KEYS: [&str; 7] = [
    "flag",
    "a",
    "fractional-flag",
    "flag-é",
    "x.y",
    "checkout",
    "𝄞",
];
pub const VARIANTS: [&str; 12] = [
    "on",
    "off",
    "true",
    "false",
    "1",
    "0",
    "a",
    "b",
    "é",
    "",
    "a,b",
    "[object Object]",
];
const TEXTS: [&str; 22] = [
    "on",
    "off",
    "a",
    "b",
    "é",
    "aé𝄞z",
    "",
    " 7 ",
    "1",
    "10",
    "-5.5e1",
    "0x10",
    "abc",
    "ada@acme.com",
    "@acme.com",
    "pro",
    "null",
    "true",
    "jon@company.com",
    "user1",
    "🎚️",
    "1e400",
];
pub const VERSIONS: [&str; 12] = [
    "1.0.0",
    "v1.2.3",
    "V2.0",
    "1",
    "1.2.3-alpha.1",
    "1.2.3-alpha.beta",
    "1.2.3-10",
    "1.2.3+build",
    "01.0.0",
    "1.2-x",
    "2.0.0.0",
    "",
];
pub const EVALUATORS: [&str; 4] = ["staff", "adult", "share", "round"];

/// The case of a seed.
pub fn case(seed: u64) -> Case {
    let mut make = Make {
        random: Random::new(seed),
        is_inner: false,
        evaluators: 0,
    };
    let document = make.document();
    let contexts = (0..4).map(|_| make.context()).collect();
    Case { document, contexts }
}

pub struct Make {
    pub random: Random,
    /// Whether the rule stands inside `map` and its kin.
    pub is_inner: bool,
    /// How many of `EVALUATORS` a rule may refer to.
    pub evaluators: usize,
}

pub fn object<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::Object(
        entries
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
    )
}

impl Make {
    fn document(&mut self) -> Value {
        let mut document = BTreeMap::new();
        if self.random.chance(60) {
            let mut rules = BTreeMap::new();
            for name in EVALUATORS
                .iter()
                .take(self.random.below(EVALUATORS.len() + 1))
            {
                rules.insert((*name).to_owned(), self.evaluator());
                // The next may refer to this one; some circles come about by chance.
                self.evaluators += 1;
            }
            document.insert("$evaluators".to_owned(), Value::Object(rules));
        }
        let mut flags = BTreeMap::new();
        for _ in 0..self.random.below(4) + 1 {
            flags.insert((*self.random.pick(&KEYS)).to_owned(), self.flag());
        }
        let version = ["v2", "v3", "v3", "v9"][self.random.below(4)];
        let metadata = object([
            ("fractional", version.into()),
            ("flagSetId", "set".into()),
            ("shared", "set".into()),
        ]);
        if self.random.chance(70) {
            document.insert("metadata".to_owned(), metadata);
        }
        let flags = if self.random.chance(5) {
            listed(flags)
        } else {
            Value::Object(flags)
        };
        document.insert("flags".to_owned(), flags);
        Value::Object(document)
    }

    fn evaluator(&mut self) -> Value {
        match self.random.below(4) {
            0 => self.rule(Gives::Variant, 2),
            _ => self.rule(Gives::Truth, 2),
        }
    }

    fn flag(&mut self) -> Value {
        if self.random.chance(1) {
            return self.scalar();
        }
        let mut flag = BTreeMap::new();
        let mut set = |name: &str, value: Value| drop(flag.insert(name.to_owned(), value));
        let state = match self.random.below(100) {
            0 => Value::from("ON"),
            1 => Value::Int(1),
            2..=6 => Value::from("DISABLED"),
            _ => Value::from("ENABLED"),
        };
        set("state", state);
        let variants = self.variants();
        let names: Vec<&String> = variants.keys().collect();
        match self.random.below(200) {
            0 => set("defaultVariant", Value::from("not a variant")),
            1 => set("defaultVariant", Value::Bool(true)),
            2..=9 => set("defaultVariant", Value::from("")),
            10..=29 => set("defaultVariant", Value::Null),
            30..=49 => {}
            _ => set(
                "defaultVariant",
                Value::from(names[self.random.below(names.len())].as_str()),
            ),
        }
        let variants = if self.random.chance(1) {
            Value::Array(Vec::new())
        } else {
            Value::Object(variants)
        };
        set("variants", variants);
        match self.random.below(20) {
            0 => set("targeting", Value::Null),
            1 => set("targeting", object([])),
            2 => {}
            // What it gives is no variant mostly, and is told in the message.
            3..=7 => {
                let any = [Gives::Truth, Gives::Number, Gives::Text, Gives::List];
                let any = *self.random.pick(&any);
                set("targeting", self.rule(any, 3));
            }
            _ => set("targeting", self.rule(Gives::Variant, 4)),
        }
        if self.random.chance(30) {
            set(
                "metadata",
                object([("shared", "flag".into()), ("own", self.scalar())]),
            );
        }
        Value::Object(flag)
    }

    fn variants(&mut self) -> BTreeMap<String, Value> {
        let kind = self.random.below(4);
        let mut variants = BTreeMap::new();
        for _ in 0..self.random.below(24) + 2 {
            let value = match kind {
                0 => self.random.chance(50).into(),
                1 => self.text(),
                2 => self.number(),
                _ => object([
                    ("text", self.text()),
                    ("deep", Value::Array(vec![self.number(), Value::Null])),
                ]),
            };
            variants.insert((*self.random.pick(&VARIANTS)).to_owned(), value);
        }
        variants
    }

    pub fn scalar(&mut self) -> Value {
        match self.random.below(8) {
            0 => Value::Null,
            1 => self.random.chance(50).into(),
            2..=4 => self.number(),
            _ => self.text(),
        }
    }

    pub fn number(&mut self) -> Value {
        let bits = self.random.any();
        match self.random.below(12) {
            0 => Value::Float(
                [0.5, -0.0, 1.5, 1e21, 1e-7, 10.0, 65_504.0, 0.1][self.random.below(8)],
            ),
            1 => Value::Float(
                Some(f64::from_bits(bits))
                    .filter(|number| number.is_finite())
                    .unwrap_or(2.5),
            ),
            2 => Value::Float(f64::from((bits as u32 as f32) / 1024.0)),
            3 => Value::Int(
                [i64::MAX, i64::MIN, 1 << 53, (1 << 53) + 1, 1_780_000_000][self.random.below(5)],
            ),
            4 => Value::Int(bits as i32 as i64),
            _ => Value::Int(self.random.below(30) as i64 - 4),
        }
    }

    pub fn text(&mut self) -> Value {
        match self.random.below(6) {
            0 => Value::String(
                (0..self.random.below(6))
                    .map(|_| self.random.char())
                    .collect(),
            ),
            1 => Value::String(format!("user-{}", self.random.below(1000))),
            _ => Value::from(*self.random.pick(&TEXTS)),
        }
    }

    /// A context, with some attributes missing and some of an unusual type.
    pub fn context(&mut self) -> Value {
        let mut context = BTreeMap::new();
        if self.random.chance(90) {
            let key = if self.random.chance(80) {
                self.text()
            } else {
                self.plain(1)
            };
            context.insert("targetingKey".to_owned(), key);
        }
        for name in [
            "email",
            "age",
            "plan",
            "version",
            "é",
            "a.b",
            "$flagd",
            "__proto__",
        ] {
            let value = match name {
                "age" if self.random.chance(70) => self.number(),
                "version" if self.random.chance(70) => Value::from(*self.random.pick(&VERSIONS)),
                _ if self.random.chance(70) => self.text(),
                _ => self.plain(2),
            };
            if self.random.chance(60) {
                context.insert(name.to_owned(), value);
            }
        }
        if self.random.chance(70) {
            context.insert(
                "tags".to_owned(),
                Value::Array((0..self.random.below(4)).map(|_| self.scalar()).collect()),
            );
        }
        if self.random.chance(70) {
            let item = |make: &mut Self| object([("id", make.text()), ("price", make.number())]);
            context.insert(
                "items".to_owned(),
                Value::Array((0..self.random.below(4)).map(|_| item(self)).collect()),
            );
        }
        if self.random.chance(70) {
            let groups = Value::Array((0..self.random.below(3)).map(|_| self.plain(1)).collect());
            context.insert(
                "user".to_owned(),
                object([
                    ("plan", self.text()),
                    ("groups", groups),
                    ("é", self.scalar()),
                ]),
            );
        }
        Value::Object(context)
    }

    fn plain(&mut self, depth: usize) -> Value {
        match self.random.below(4) {
            0 if depth > 0 => Value::Array(
                (0..self.random.below(3))
                    .map(|_| self.plain(depth - 1))
                    .collect(),
            ),
            1 if depth > 0 => object([
                ("id", self.plain(depth - 1)),
                ("a", self.scalar()),
                ("flagKey", self.text()),
            ]),
            _ => self.scalar(),
        }
    }
}

/// The list form: each flag names its key.
fn listed(flags: BTreeMap<String, Value>) -> Value {
    let named = flags.into_iter().map(|(key, flag)| match flag {
        Value::Object(mut map) => {
            map.insert("key".to_owned(), Value::String(key));
            Value::Object(map)
        }
        _ => object([("key", Value::String(key))]),
    });
    Value::Array(named.collect())
}
