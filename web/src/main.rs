//! The admin app's entry point.

use leptos::prelude::*;

fn main() {
    mount_to_body(|| view! { <h1>"Flaghoist"</h1> });
}
