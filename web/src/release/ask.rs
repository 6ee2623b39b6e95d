//! Ask for a user: what this flag answers them, and why: bucket, share, and each step of the rule.
//!
//! The user asked about is part of the page's address, so that an answer can be shown to a colleague.

use super::view::ReleaseView;
use crate::api::{self, Trouble};
use crate::ui::TroubleList;
use flaghoist_core::api::{Explain, PostExplain};
use flaghoist_core::context::Context;
use flaghoist_core::name::FlagKey;
use flaghoist_core::value::Value;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::UrlSearchParams;

/// The parameter of the address that names the user.
const USER: &str = "user";

/// A question and its answer.
#[component]
pub fn AskForUser(view: Memo<Option<ReleaseView>>, key: StoredValue<FlagKey>) -> impl IntoView {
    let asked = RwSignal::new(from_address().unwrap_or_default());
    let user = RwSignal::new(asked.get_untracked());
    let answer = RwSignal::new(None::<Result<Value, Trouble>>);
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
            let told = api::call_to_show::<PostExplain>(&[environment.as_str()], &body).await;
            // Another question may have been asked meanwhile.
            if asked.try_get_untracked() == Some(user) {
                let _ = answer.try_set(Some(told));
            }
        });
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        asked.set(user.get_untracked().trim().to_string());
        to_address(&asked.get_untracked());
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

fn from_address() -> Option<String> {
    let search = window().location().search().ok()?;
    UrlSearchParams::new_with_str(&search).ok()?.get(USER)
}

/// Without the router, whose page this is not.
fn to_address(user: &str) {
    let search = format!("?{USER}={}", js_sys::encode_uri_component(user));
    if let Ok(history) = window().history() {
        // A browser that refuses leaves the address as it was.
        let _ = history.replace_state_with_url(&js_sys::Object::new(), "", Some(&search));
    }
}

fn told(explained: &Value) -> AnyView {
    let value = text(explained, "variant").unwrap_or_else(|| "the caller's default".into());
    let reason = text(explained, "reason").unwrap_or_default();
    let failure = text(explained, "errorMessage");
    let share = field(explained, "bucketing").map(share);
    let beneath = field(explained, "prerequisites").and_then(Value::as_array);
    let beneath = beneath
        .unwrap_or_default()
        .iter()
        .map(prerequisite)
        .collect_view();
    let steps = field(explained, "steps").and_then(Value::as_array);
    let steps = steps.unwrap_or_default().iter().map(step).collect_view();
    view! {
        <p class="ask__value">"Gets "<strong>{value}</strong>{format!(", reason {reason}.")}</p>
        {beneath}
        <p>{share}</p>
        <p class="field__error">{failure}</p>
        <ol class="ask__steps">{steps}</ol>
    }
    .into_any()
}

/// A field of an answer (`core::evaluation::Explained`), read as it is shown.
fn field<'v>(of: &'v Value, name: &str) -> Option<&'v Value> {
    of.as_object()?.get(name)
}

fn text(of: &Value, name: &str) -> Option<String> {
    field(of, name)?.as_str().map(ToString::to_string)
}

fn prerequisite(beneath: &Value) -> impl IntoView + use<> {
    let key = text(beneath, "flagKey").unwrap_or_default();
    let met = field(beneath, "met") == Some(&Value::Bool(true));
    let told = match text(beneath, "cause") {
        Some(cause) => format!(
            "Rests on {key}, which is closed: {}.",
            cause.replace('_', " ")
        ),
        None if met => format!("Rests on {key}, which lets this user through."),
        None => format!("Rests on {key}, which does not let this user through."),
    };
    view! { <p data-test="ask-prerequisite">{told}</p> }
}

fn share(found: &Value) -> String {
    // Whole numbers, all of them.
    let number = |name: &str| match field(found, name) {
        Some(Value::Int(number)) => *number,
        _ => 0,
    };
    let (bucket, total) = (number("bucket"), number("total"));
    let (from, last) = (number("from"), number("to") - 1);
    format!("Falls into bucket {bucket} of {total}: the share from {from} to {last}.")
}

fn step(step: &Value) -> impl IntoView + use<> {
    let path = text(step, "path").unwrap_or_default();
    let depth = path.matches('.').count() / 2;
    let value = field(step, "value").map_or_else(|| "failed".into(), in_words);
    let text = format!("{} → {value}", text(step, "operator").unwrap_or_default());
    // The page allows no style but its sheets'.
    view! { <li class=format!("ask__step--{}", depth.min(6))>{text}</li> }
}

fn in_words(value: &Value) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
