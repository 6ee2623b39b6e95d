//! Makes rules by what they should give (a variant, a truth value, a number, a text, a list), so that most of them decide
//! something; now and then one is of another kind, has an operand too few or an operator nobody knows.

use super::generate::{EVALUATORS, Make, VARIANTS, VERSIONS, object};
use flaghoist_core::value::Value;

const PATHS: [&str; 20] = [
    "targetingKey",
    "email",
    "age",
    "plan",
    "version",
    "tags",
    "user",
    "user.plan",
    "user.groups.0",
    "items",
    "tags.1",
    "é",
    "missing",
    "user.missing",
    "$flagd.flagKey",
    "$flagd.timestamp",
    "$flagd",
    "a.b",
    ".user..plan.",
    "",
];
const INNER: [&str; 9] = [
    "",
    "id",
    "price",
    "current",
    "accumulator",
    "current.price",
    "current.id",
    "$flagd.flagKey",
    "age",
];

/// What a rule should give.
#[derive(Clone, Copy)]
pub enum Gives {
    Variant,
    Truth,
    Number,
    Text,
    List,
}

fn operator(name: &str, operands: impl Into<Value>) -> Value {
    object([(name, operands.into())])
}

impl Make {
    /// A rule of at most so many levels.
    pub fn rule(&mut self, gives: Gives, depth: usize) -> Value {
        match self.random.below(1000) {
            0 => return operator("nonsense", Value::Array(vec![self.scalar()])),
            1 => return object([("and", Value::Array(vec![])), ("or", Value::Array(vec![]))]),
            2 => return operator("$ref", *self.random.pick(&EVALUATORS)),
            3..=5 => return object([]),
            6..=35 if self.evaluators > 0 => {
                return operator("$ref", EVALUATORS[self.random.below(self.evaluators)]);
            }
            36..=50 => {
                let other = [
                    Gives::Variant,
                    Gives::Truth,
                    Gives::Number,
                    Gives::Text,
                    Gives::List,
                ];
                let other = *self.random.pick(&other);
                return self.sensible(other, depth);
            }
            _ => {}
        }
        self.sensible(gives, depth)
    }

    fn sensible(&mut self, gives: Gives, depth: usize) -> Value {
        let is_short = !matches!(gives, Gives::Variant) && self.random.chance(35);
        if depth == 0 || is_short {
            return self.leaf(gives);
        }
        match gives {
            Gives::Variant => self.variant(depth - 1),
            Gives::Truth => self.truth(depth - 1),
            Gives::Number => self.numeric(depth - 1),
            Gives::Text => self.textual(depth - 1),
            Gives::List => self.list(depth - 1),
        }
    }

    fn leaf(&mut self, gives: Gives) -> Value {
        let is_named = match gives {
            Gives::Variant => self.random.chance(8),
            Gives::Number => self.random.chance(15),
            _ => self.random.chance(40),
        };
        if is_named {
            return self.var(0);
        }
        match gives {
            Gives::Number if self.random.chance(30) => operator("var", "age"),
            Gives::Variant if self.random.chance(8) => self.scalar(),
            Gives::Variant => Value::from(*self.random.pick(&VARIANTS)),
            Gives::Truth => self.random.chance(50).into(),
            Gives::Number => self.number(),
            Gives::Text => self.text(),
            Gives::List => Value::Array((0..self.random.below(4)).map(|_| self.scalar()).collect()),
        }
    }

    fn var(&mut self, depth: usize) -> Value {
        let path = if self.is_inner {
            *self.random.pick(&INNER)
        } else {
            *self.random.pick(&PATHS)
        };
        match self.random.below(12) {
            0 => operator(
                "var",
                Value::Array(vec![path.into(), self.rule(Gives::Text, depth)]),
            ),
            1 => operator("var", Value::Array(vec![path.into()])),
            2 => operator("var", operator("cat", Value::Array(vec![path.into()]))),
            3 => operator("var", self.scalar()),
            4 => operator("var", Value::Array(Vec::new())),
            _ => operator("var", path),
        }
    }

    /// Operands: as many as these, now and then one more or one less, or one without a list.
    fn operands(&mut self, gives: &[Gives], depth: usize) -> Value {
        let mut operands: Vec<Value> = gives.iter().map(|gives| self.rule(*gives, depth)).collect();
        match self.random.below(80) {
            0 => drop(operands.pop()),
            1 => operands.push(self.rule(Gives::Text, depth)),
            2 => return self.rule(Gives::List, depth),
            3 => return self.scalar(),
            _ => {}
        }
        Value::Array(operands)
    }

    fn of(&mut self, names: &[&str], gives: &[Gives], depth: usize) -> Value {
        let name = *self.random.pick(names);
        operator(name, self.operands(gives, depth))
    }

    fn variant(&mut self, depth: usize) -> Value {
        use Gives::{Truth, Variant};
        match self.random.below(10) {
            0..=2 => self.of(&["if"], &[Truth, Variant, Variant], depth),
            3 => self.of(&["if"], &[Truth, Variant, Truth, Variant, Variant], depth),
            4 => self.of(&["and", "or"], &[Truth, Variant], depth),
            5 => self.of(&["reduce"], &[Gives::List, Variant, Variant], depth),
            6 => self.guarded_share(),
            7 => self.leaf(Variant),
            _ => self.share(depth),
        }
    }

    /// The shape that an open flag has, or nearly.
    fn guarded_share(&mut self) -> Value {
        let key = *self
            .random
            .pick(&["targetingKey", "email", "user.plan", "$flagd.flagKey"]);
        let prefix = *self.random.pick(&["cohort", "é", "", "flag"]);
        let cat = operator(
            "cat",
            Value::Array(vec![prefix.into(), operator("var", key)]),
        );
        let mut operands = vec![cat];
        operands.extend(self.shares(0));
        let share = operator("fractional", operands);
        operator(
            "if",
            Value::Array(vec![operator("var", key), share, Value::Null]),
        )
    }

    fn share(&mut self, depth: usize) -> Value {
        let own = operator("var", "$flagd.flagKey");
        let cat = |by: Value| operator("cat", Value::Array(vec![own, by]));
        let mut operands = match self.random.below(8) {
            0..=2 => Vec::new(),
            3 => vec![cat(self.var(0))],
            4 => vec![self.var(depth)],
            5 => vec![self.rule(Gives::Text, depth)],
            6 => vec![self.rule(Gives::Number, depth)],
            _ => vec![self.scalar()],
        };
        operands.extend(self.shares(depth));
        if self.random.chance(5) {
            operator("fractional", self.var(depth))
        } else {
            operator("fractional", operands)
        }
    }

    fn shares(&mut self, depth: usize) -> Vec<Value> {
        let count = self.random.below(5);
        (0..count)
            .map(|_| {
                let variant = if self.random.chance(10) {
                    self.rule(Gives::Variant, depth)
                } else {
                    self.leaf(Gives::Variant)
                };
                match self.random.below(20) {
                    0 => Value::Array(vec![variant, self.rule(Gives::Number, depth)]),
                    1 => Value::Array(vec![variant, self.scalar()]),
                    2 => Value::Array(vec![
                        variant,
                        Value::Int(i64::from(i32::MAX) - self.random.below(3) as i64),
                    ]),
                    3 => variant,
                    4..=6 => Value::Array(vec![variant]),
                    _ => Value::Array(vec![variant, Value::Int(self.random.below(60) as i64 - 3)]),
                }
            })
            .collect()
    }

    fn truth(&mut self, depth: usize) -> Value {
        use Gives::{List, Number, Text, Truth};
        let orders = ["<", "<=", ">", ">=", "==", "!=", "===", "!=="];
        match self.random.below(16) {
            0 | 1 => self.of(&orders, &[Number, Number], depth),
            2 => self.of(&orders, &[Text, Text], depth),
            3 => self.of(&orders, &[Number, Number, Number], depth),
            4 | 5 => self.of(&["in"], &[Text, List], depth),
            6 => self.of(&["in"], &[Text, Text], depth),
            7 => self.of(&["!", "!!"], &[Truth], depth),
            8 | 9 => self.of(&["and", "or"], &[Truth, Truth, Truth], depth),
            10 | 11 => self.of(&["starts_with", "ends_with"], &[Text, Text], depth),
            12 | 13 => self.version(),
            14 => self.over(&["all", "some", "none"], Truth, depth),
            _ => self.of(&["!", "!!"], &[List], depth),
        }
    }

    fn version(&mut self) -> Value {
        let operators = ["=", "!=", "<", "<=", ">", ">=", "^", "~", "=="];
        let side = |make: &mut Self| match make.random.below(4) {
            0 => operator("var", "version"),
            1 => make.scalar(),
            _ => Value::from(*make.random.pick(&VERSIONS)),
        };
        let operands = vec![
            side(self),
            Value::from(*self.random.pick(&operators)),
            side(self),
        ];
        operator("sem_ver", operands)
    }

    fn numeric(&mut self, depth: usize) -> Value {
        use Gives::{List, Number};
        match self.random.below(6) {
            0 => self.of(&["-", "+", "/"], &[Number], depth),
            1 => self.of(&["min", "max", "+", "*"], &[Number, Number, Number], depth),
            2 => self.of(&["min", "max", "+"], &[], depth),
            3 => {
                let name = *self.random.pick(&["+", "max"]);
                operator(name, self.rule(List, depth))
            }
            4 => self.over(&["reduce"], Number, depth),
            _ => self.of(&["+", "-", "*", "/", "%"], &[Number, Number], depth),
        }
    }

    fn textual(&mut self, depth: usize) -> Value {
        use Gives::{List, Number, Text};
        match self.random.below(5) {
            0 => self.of(&["substr"], &[Text, Number, Number], depth),
            1 => self.of(&["substr"], &[Text, Number], depth),
            2 => self.of(&["cat"], &[Text, List, Number], depth),
            3 => self.var(depth),
            _ => self.of(&["cat"], &[Text, Text], depth),
        }
    }

    fn list(&mut self, depth: usize) -> Value {
        use Gives::{List, Number, Text, Truth};
        match self.random.below(7) {
            0 => self.of(&["merge"], &[List, Text, List], depth),
            1 => self.over(&["map"], Text, depth),
            2 => self.over(&["filter"], Truth, depth),
            3 => self.of(&["missing"], &[Text, Text], depth),
            4 => self.of(&["missing_some"], &[Number, List], depth),
            5 => Value::Array(
                (0..self.random.below(4))
                    .map(|_| self.rule(Text, depth))
                    .collect(),
            ),
            _ => operator("var", *self.random.pick(&["tags", "items", "user.groups"])),
        }
    }

    /// An operator over a list, whose rule sees elements.
    fn over(&mut self, names: &[&str], gives: Gives, depth: usize) -> Value {
        let name = *self.random.pick(names);
        let list = self.rule(Gives::List, depth);
        let outer = std::mem::replace(&mut self.is_inner, true);
        let rule = self.rule(gives, depth);
        self.is_inner = outer;
        let mut operands = vec![list, rule];
        if name == "reduce" || self.random.chance(3) {
            operands.push(self.rule(gives, depth));
        }
        if self.random.chance(3) {
            operands.truncate(1);
        }
        operator(name, operands)
    }
}
