//! The command line as a person or a pipeline meets it: the built binary, real files, real servers.

mod common;
mod eval;
mod evidence;
mod guide;
mod lint;
mod plans;
mod serve;
mod story;
