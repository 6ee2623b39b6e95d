//! Links the evaluator with a small stack: its recursion is bounded (`limits::NESTING_MAX`, `limits::PROGRAM_DEPTH_MAX`), and
//! the default megabyte would be most of what an edge with a few thousand flags takes.

/// Bytes; the deepest programs and values, which the tests evaluate, take a quarter of it.
const STACK: u32 = 256 * 1024;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|arch| arch == "wasm32") {
        println!("cargo:rustc-link-arg-cdylib=-zstack-size={STACK}");
    }
}
