//! The compiler for JavaScript hosts that have a document and no image: JSON in, image out.
//!
//! Only numbers cross, so that a host can start an instance for one document and drop it with all its memory; what stays
//! is the image. The way: `input(length)` gives the place to write the document to, `compile()` says whether it could be
//! read, `output()` and `outputLength()` where the image lies, or the reasons, as text.
//! Not here: evaluation (`flaghoist-wasm`).

use core::cell::RefCell;
use flaghoist_core::evaluation::{CompileOptions, compile_foreign};
use flaghoist_core::limits::DOCUMENT_BYTES_MAX;
use wasm_bindgen::prelude::wasm_bindgen;

thread_local! {
    static BYTES: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Makes room for a document of so many bytes; where. One that is too large for any document gets room to say so.
#[wasm_bindgen]
pub fn input(length: u32) -> u32 {
    BYTES.with_borrow_mut(|bytes| {
        bytes.clear();
        bytes.resize((length as usize).min(DOCUMENT_BYTES_MAX + 1), b' ');
        bytes.as_ptr() as usize as u32
    })
}

/// Compiles the document; whether it could be read.
#[wasm_bindgen]
pub fn compile() -> bool {
    let document = BYTES.take();
    let (ok, output) = match compile_foreign(&document, CompileOptions::default()) {
        Ok((ruleset, _)) => (true, ruleset.into_bytes()),
        Err(diagnostics) => {
            let lines: Vec<String> = diagnostics.iter().map(ToString::to_string).collect();
            (false, lines.join("; ").into_bytes())
        }
    };
    BYTES.set(output);
    ok
}

/// Where the image lies, or the text of what is wrong.
#[wasm_bindgen]
pub fn output() -> u32 {
    BYTES.with_borrow(|bytes| bytes.as_ptr() as usize as u32)
}

/// How many bytes it takes.
#[wasm_bindgen(js_name = outputLength)]
pub fn output_length() -> u32 {
    BYTES.with_borrow(|bytes| bytes.len() as u32)
}
