//! The HTTP API as types: one `Endpoint` per operation, used by the server to mount it and by the app and the command
//! line to call it.
//!
//! Invariants: requests and responses are domain types or thin records of them; paths and methods are written here
//! only. Not here: how it is transported, authenticated or retried.

mod access;
mod commands;
mod evidence;
mod explain;
mod problem;
mod releases;
mod state;

pub use access::*;
pub use commands::*;
pub use evidence::*;
pub use explain::*;
pub use problem::{Problem, RefusalReport};
pub use releases::*;
pub use state::*;

use alloc::string::String;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// How an operation is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Does something.
    Post,
    /// Writes the whole of something.
    Put,
    /// Ends something.
    Delete,
}

/// One operation.
pub trait Endpoint {
    /// How it is called.
    const METHOD: Method;
    /// Where: a path with `{…}` for its arguments.
    const PATH: &'static str;
    /// The body; `()` where there is none.
    type Request: Serialize + DeserializeOwned;
    /// The answer to success; `()` where there is none.
    type Response: Serialize + DeserializeOwned;

    /// The path with its arguments filled in, in order. Arguments are names, which need no encoding.
    fn path(arguments: &[&str]) -> String {
        let mut arguments = arguments.iter();
        let mut path = String::from("");
        for segment in Self::PATH.split('/').skip(1) {
            path.push('/');
            if segment.starts_with('{') {
                path.push_str(arguments.next().copied().unwrap_or_default());
            } else {
                path.push_str(segment);
            }
        }
        path
    }
}

/// Declares an operation: `endpoint!(/// doc Name: Get "/path", Request => Response);`.
macro_rules! endpoint {
    ($(#[$doc:meta])* $name:ident: $method:ident $path:literal, $request:ty => $response:ty) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub struct $name;
        impl $crate::api::Endpoint for $name {
            const METHOD: $crate::api::Method = $crate::api::Method::$method;
            const PATH: &'static str = $path;
            type Request = $request;
            type Response = $response;
        }
    };
}
pub(crate) use endpoint;
