//! The release page: state, cause and way out within seconds.

mod ask;
mod confirm;
mod contain;
mod exposure;
mod graph;
mod page;
mod timeline;
pub mod view;
mod why;

pub use page::ReleasePage;
