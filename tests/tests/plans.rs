//! Every plan of the examples and stories, as a document: its canonical form says the same.
//!
//! Not here: plans made up from seeds (core's own tests), and what a plan does (`scenarios`).

#![expect(
    clippy::expect_used,
    reason = "a test that cannot read the repository has nothing to say"
)]

use flaghoist_core::plan::{Plan, parse, to_yaml};
use std::fs;
use std::path::Path;

/// Every plan file that is one, by its name.
fn plans() -> Vec<(String, Plan)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut found = Vec::new();
    for folder in ["tests/scenarios/plans", "examples/refund_explanation"] {
        for entry in fs::read_dir(root.join(folder)).expect("a folder").flatten() {
            let path = entry.path();
            if path.extension().is_some_and(|ending| ending == "yaml") {
                let text = fs::read_to_string(&path).expect("a file");
                // Some stories are about a plan that is refused.
                found.extend(parse(&text).map(|plan| (path.display().to_string(), plan)));
            }
        }
    }
    assert!(found.len() > 15, "the plans were not found");
    found
}

#[test]
fn each_says_the_same_in_its_canonical_form() {
    for (file, plan) in plans() {
        let text = to_yaml(&plan);
        assert_eq!(parse(&text).as_ref(), Ok(&plan), "{file}:\n{text}");
    }
}
