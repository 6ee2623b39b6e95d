//! Why something did not work, all of it, with the way out.

use crate::api::Trouble;
use leptos::prelude::*;

/// Every reason of a refusal, each with what to do.
#[component]
pub fn TroubleList(#[prop(into)] trouble: Signal<Option<Trouble>>) -> impl IntoView {
    let lines = move || match trouble.get() {
        None => Vec::new(),
        Some(Trouble::Problem(problem) | Trouble::SignedOut(problem))
            if !problem.refusals.is_empty() =>
        {
            problem
                .refusals
                .into_iter()
                .map(|report| (report.message, report.fix))
                .collect()
        }
        Some(Trouble::Problem(problem) | Trouble::SignedOut(problem)) => {
            vec![(problem.detail, problem.fix)]
        }
        Some(Trouble::Network(problem)) => {
            vec![(
                format!("The server does not answer: {problem}"),
                "try again; nothing is known to have changed".into(),
            )]
        }
    };
    view! {
        <div role="alert">
            <ul class="refusals">
                <For each=lines key=Clone::clone let:line>
                    <li class="refusals__item" data-test="refusal">
                        <strong>{line.0}</strong>
                        <span class="refusals__fix">{line.1}</span>
                    </li>
                </For>
            </ul>
        </div>
    }
}
