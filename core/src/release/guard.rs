//! Guards of a raise.
