//! Ask for a user: what this flag answers them, and why: bucket, share, and each step of the rule.
//!
//! The user asked about is part of the page's address, so that an answer can be shown to a colleague.

use super::view::ReleaseView;
use crate::api::{self, Trouble};
use crate::ui::TroubleList;
use flaghoist_core::api::{Explain, PostExplain};
use flaghoist_core::context::Context;
use flaghoist_core::evaluation::{Bucketing, Explained, Step};
use flaghoist_core::name::FlagKey;
use flaghoist_core::value::Value;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate, use_query_map};

/// The parameter of the address that names the user.
const USER: &str = "user";

/// A question and its answer.
#[component]
pub fn AskForUser(view: Memo<Option<ReleaseView>>, key: StoredValue<FlagKey>) -> impl IntoView {
    let query = use_query_map();
    let path = use_location().pathname;
    let navigate = use_navigate();
    let asked = Memo::new(move |_| query.with(|query| query.get(USER).unwrap_or_default()));
    let user = RwSignal::new(asked.get_untracked());
    let answer = RwSignal::new(None::<Result<Explained, Trouble>>);
    // Asked again when the flag moved: the answer on the screen is the one that edges give.
    let epoch = Memo::new(move |_| {
        view.with(|view| {
            let view = view.as_ref()?;
            let flag = key.with_value(|key| view.flag(key).map(|flag| flag.epoch))?;
            Some((view.environment.clone(), flag))
        })
    });
    Effect::new(move |_| {
        let (user, there) = (asked.get(), epoch.get());
        let Some((environment, _)) = there.filter(|_| !user.is_empty()) else {
            return answer.set(None);
        };
        let body = Explain {
            flag: key.with_value(ToString::to_string),
            context: Context::for_key(user.clone()),
        };
        spawn_local(async move {
            let told = api::call::<PostExplain>(&[environment.as_str()], Some(&body)).await;
            // Another question may have been asked meanwhile.
            if asked.try_get_untracked() == Some(user) {
                let _ = answer.try_set(Some(told));
            }
        });
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let named = js_sys::encode_uri_component(user.get_untracked().trim());
        let to = format!("{}?{USER}={named}", path.get_untracked());
        navigate(
            &to,
            NavigateOptions {
                scroll: false,
                ..NavigateOptions::default()
            },
        );
    };
    let trouble = Signal::derive(move || answer.get().and_then(Result::err));
    view! {
        <div class="card panel panel--wide" data-test="ask">
            <h3 class="panel__title">"Ask for a user"</h3>
            <form class="ask" on:submit=submit>
                <label class="field">
                    <span class="field__label">"Targeting key"</span>
                    <input class="input" autocomplete="off" spellcheck="false" required data-test="ask-user" bind:value=user />
                </label>
                <button class="button" type="submit" data-test="ask-submit">"Explain"</button>
            </form>
            <TroubleList trouble />
            <div role="status" data-test="ask-answer">
                {move || answer.get().and_then(Result::ok).map(|explained| told(&explained))}
            </div>
        </div>
    }
}

fn told(explained: &Explained) -> AnyView {
    let details = &explained.details;
    let value = details.variant.clone();
    let value = value.unwrap_or_else(|| "the caller's default".into());
    let reason = details.reason.as_str();
    let failure = details.error_message.clone();
    let share = explained.bucketing.as_ref().map(share);
    let steps = explained.steps.iter().map(step).collect_view();
    view! {
        <p class="ask__value">"Gets "<strong>{value}</strong>{format!(", reason {reason}.")}</p>
        <p>{share}</p>
        <p class="field__error">{failure}</p>
        <ol class="ask__steps">{steps}</ol>
    }
    .into_any()
}

fn share(found: &Bucketing) -> String {
    let Bucketing {
        bucket,
        total,
        from,
        to,
        ..
    } = found;
    format!(
        "Falls into bucket {bucket} of {total}: the share from {from} to {}.",
        to - 1
    )
}

fn step(step: &Step) -> impl IntoView + use<> {
    let depth = step.path.matches('.').count() / 2;
    let value = step
        .value
        .as_ref()
        .map_or_else(|| "failed".into(), in_words);
    let text = format!("{} → {value}", step.operator);
    // The page allows no style but its sheets'.
    view! { <li class=format!("ask__step--{}", depth.min(6))>{text}</li> }
}

fn in_words(value: &Value) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
