//! tmp
use flaghoist_core::bundle::Bundle;
use flaghoist_core::context::Context;
use flaghoist_core::evaluation::*;
use flaghoist_core::time::Timestamp;
#[inline(never)]
fn run(r: &flaghoist_core::ruleset::Ruleset, k: &str, p: &Prepared, n: u32) -> u32 {
    let i = r.find(k).unwrap();
    let mut s = 0;
    for _ in 0..n {
        let x = evaluate(r, i, p, Timestamp::from_millis(0), &mut Unobserved);
        s += x.variant.unwrap_or(9) as u32;
    }
    s
}
fn main() {
    let doc = r#"{"flags":{"const":{"state":"ENABLED","variants":{"on":true,"off":false},"defaultVariant":"off"},
 "pct":{"state":"ENABLED","variants":{"on":true,"off":false},"defaultVariant":"off","targeting":{"fractional":[{"cat":[{"var":"$flagd.flagKey"},{"var":"targetingKey"}]},["on",5],["off",95]]}},
 "cmp":{"state":"ENABLED","variants":{"on":true,"off":false},"defaultVariant":"off","targeting":{"if":[{"==":[{"var":"plan"},"pro"]},"on","off"]}},
 "tgt":{"state":"ENABLED","variants":{"on":true,"off":false},"defaultVariant":"off","targeting":{"if":[{"and":[{"==":[{"var":"plan"},"pro"]},{"in":[{"var":"country"},["DE","FR","IN"]]},{">=":[{"var":"age"},18]},{"ends_with":[{"var":"email"},"@acme.com"]},{"sem_ver":[{"var":"version"},">=","2.0.0"]}]},{"fractional":[{"cat":[{"var":"$flagd.flagKey"},{"var":"targetingKey"}]},["on",50],["off",50]]},"off"]}}}}"#;
    let (r, d) = compile(&Bundle::from_foreign_json(doc).unwrap());
    assert!(d.is_empty());
    let c:Context=serde_json::from_str(r#"{"targetingKey":"user-12345","plan":"pro","country":"DE","age":30,"email":"u12@acme.com","version":"2.1.0"}"#).unwrap();
    let p = Prepared::of(&r, c);
    let a: Vec<String> = std::env::args().collect();
    let n: u32 = a[2].parse().unwrap();
    println!("{}", run(&r, &a[1], &p, n));
}
