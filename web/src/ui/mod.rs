//! Pieces that every screen uses.

mod dialog;
mod time;
mod trouble;

pub use dialog::Dialog;
pub use time::{Moment, ago};
pub use trouble::TroubleList;
