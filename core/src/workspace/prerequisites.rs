//! Prerequisites: flags whose users alone may see another flag.
//!
//! Invariants: what a flag rests on is listed once, foundations first, however the flags are written; a circle, which
//! `decide` refuses, ends here too. Not here: how they are lowered (`bundle::lower`).

use super::{Environment, FeatureFlag};
use crate::name::FlagKey;
use crate::plan::Plan;
use alloc::collections::BTreeSet;
use alloc::vec::Vec;

impl Environment {
    /// Every flag that `flag` rests on, directly or through others, foundations first.
    pub fn prerequisites(&self, flag: &FeatureFlag) -> Vec<&FlagKey> {
        let direct = |flag: &FeatureFlag| {
            let feature = self.feature(flag).map(|(_, feature)| feature);
            feature
                .into_iter()
                .flat_map(|feature| &feature.prerequisites)
        };
        let mut seen = BTreeSet::new();
        let mut found = Vec::new();
        // Each key is met twice: on the way down, and once everything beneath it is listed.
        let mut open: Vec<(&FlagKey, bool)> = direct(flag).map(|key| (key, false)).collect();
        while let Some((key, beneath_is_listed)) = open.pop() {
            if beneath_is_listed {
                found.push(key);
            } else if seen.insert(key) {
                open.push((key, true));
                let next = self.flags.get(key).into_iter().flat_map(direct);
                open.extend(next.map(|key| (key, false)));
            }
        }
        found
    }

    /// The flags that rest on any of `keys`, directly or through others.
    pub(crate) fn dependents(&self, keys: &BTreeSet<&FlagKey>) -> Vec<(&FlagKey, &FeatureFlag)> {
        let rests = |flag: &FeatureFlag| {
            let mut beneath = self.prerequisites(flag).into_iter();
            beneath.any(|key| keys.contains(key))
        };
        self.flags.iter().filter(|(_, flag)| rests(flag)).collect()
    }

    /// The circle of prerequisites that a plan would close, from one of its flags back to it; empty where there is none.
    pub(crate) fn circle(&self, plan: &Plan) -> Vec<FlagKey> {
        let of_plan = |key: &FlagKey| plan.features.values().find(|feature| feature.flag == *key);
        let direct = |key: &FlagKey| -> Vec<FlagKey> {
            let elsewhere = || {
                let flag = self
                    .flags
                    .get(key)
                    .filter(|flag| flag.release != plan.release)?;
                self.feature(flag).map(|(_, feature)| feature)
            };
            let feature = of_plan(key).or_else(elsewhere);
            feature
                .into_iter()
                .flat_map(|feature| feature.prerequisites.iter().cloned())
                .collect()
        };
        for feature in plan.features.values() {
            let mut path = Vec::from([feature.flag.clone()]);
            let mut open = Vec::from([direct(&feature.flag)]);
            let mut seen = BTreeSet::new();
            while let Some(next) = open.last_mut() {
                match next.pop() {
                    Some(key) if key == feature.flag => {
                        path.push(key);
                        return path;
                    }
                    Some(key) if seen.insert(key.clone()) => {
                        open.push(direct(&key));
                        path.push(key);
                    }
                    Some(_) => {}
                    None => {
                        open.pop();
                        path.pop();
                    }
                }
            }
        }
        Vec::new()
    }
}
