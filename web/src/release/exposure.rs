//! Exposure: where it is, what is armed, and the control that pushes it.

use super::confirm::Confirm;
use super::view::ReleaseView;
use crate::api::{self, Trouble};
use flaghoist_core::api::{Lower, PostLower, PostRaise, Raise};
use flaghoist_core::exposure::Exposure;
use flaghoist_core::name::FlagKey;
use flaghoist_core::workspace::FeatureFlag;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// Percentages a step away.
const STEPS: [&str; 5] = ["1", "5", "25", "50", "100"];

/// Where the flag is and where it should go.
#[component]
pub fn ExposureControl(
    view: Memo<Option<ReleaseView>>,
    key: StoredValue<FlagKey>,
) -> impl IntoView {
    let flag = Memo::new(move |_| {
        view.with(|view| key.with_value(|key| view.as_ref()?.flag(key).cloned()))
    });
    let typed = RwSignal::new(String::new());
    let confirming = RwSignal::new(false);
    let wanted = Memo::new(move |_| typed.with(|typed| typed.parse::<Exposure>().ok()));
    let invalid = move || typed.with(|typed| !typed.is_empty()) && wanted.get().is_none();
    let moves = move || match (wanted.get(), flag.get()) {
        (Some(wanted), Some(flag)) => wanted != flag.exposure || flag.armed.is_some(),
        _ => false,
    };
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if moves() {
            confirming.set(true);
        }
    };
    view! {
        <div class="card panel exposure">
            <h3 class="panel__title">"Exposure"</h3>
            <Now view flag />
            <form class="push" on:submit=submit>
                <label class="field">
                    <span class="field__label">"Push to, in %"</span>
                    <input
                        class="input push__input" inputmode="decimal" autocomplete="off" placeholder="25"
                        aria-invalid=move || invalid().to_string() aria-describedby="push-error"
                        data-test="exposure-input" bind:value=typed
                    />
                </label>
                <Slider typed wanted flag />
                <div class="push__steps" role="group" aria-label="Common steps">
                    {STEPS.map(|step| view! {
                        <button class="chip" type="button" on:click=move |_| typed.set(step.into())>{format!("{step} %")}</button>
                    }).collect_view()}
                </div>
                <p class="field__error" id="push-error" role="alert">
                    {move || invalid().then_some("A percentage from 0 to 100, with at most two decimals.")}
                </p>
                <button class="button button--primary" type="submit" disabled=move || !moves() data-test="exposure-push">
                    {move || match (wanted.get(), flag.get()) {
                        (Some(wanted), Some(flag)) if wanted < flag.exposure => format!("Lower to {wanted}…"),
                        (Some(wanted), _) => format!("Push to {wanted}…"),
                        _ => "Push…".into(),
                    }}
                </button>
            </form>
            <Push view key flag typed wanted open=confirming />
        </div>
    }
}

/// The share now, in percent and people, and what is armed.
#[component]
fn Now(view: Memo<Option<ReleaseView>>, flag: Memo<Option<FeatureFlag>>) -> impl IntoView {
    let share = move || flag.with(|flag| flag.as_ref().map(|flag| flag.exposure));
    let people = move || {
        let share = share()?;
        let population = view.with(|view| view.as_ref().and_then(|view| view.state.population))?;
        Some(format!(
            "about {} of {} users",
            grouped(share.of(population)),
            grouped(population)
        ))
    };
    let armed = move || {
        flag.with(|flag| {
            flag.as_ref()?
                .armed
                .as_ref()
                .map(|armed| format!("Armed: opens at {} when every part is ready", armed.to))
        })
    };
    view! {
        <p class="exposure__now" data-test="exposure-now">{move || share().map(|share| share.to_string())}</p>
        <div class="meter" aria-hidden="true">
            <div class="meter__fill" style:width=move || format!("{}%", share().map_or(0.0, |share| f64::from(share.basis_points()) / 100.0))></div>
        </div>
        <p class="muted exposure__people">{people}</p>
        <p class="exposure__armed" data-test="exposure-armed">{armed}</p>
    }
}

#[component]
fn Slider(
    typed: RwSignal<String>,
    wanted: Memo<Option<Exposure>>,
    flag: Memo<Option<FeatureFlag>>,
) -> impl IntoView {
    let position = move || {
        let at = wanted
            .get()
            .or_else(|| flag.with(|flag| flag.as_ref().map(|flag| flag.exposure)));
        (f64::from(at.unwrap_or_default().basis_points()) / 100.0).to_string()
    };
    view! {
        <input
            class="slider" type="range" min="0" max="100" step="1" aria-label="Push to, as a slider"
            prop:value=position on:input=move |event| typed.set(event_target_value(&event)) data-test="exposure-slider"
        />
    }
}

/// The question before a push, and the push.
#[component]
fn Push(
    view: Memo<Option<ReleaseView>>,
    key: StoredValue<FlagKey>,
    flag: Memo<Option<FeatureFlag>>,
    typed: RwSignal<String>,
    wanted: Memo<Option<Exposure>>,
    open: RwSignal<bool>,
) -> impl IntoView {
    let reason = RwSignal::new(String::new());
    let pending = RwSignal::new(false);
    let trouble = RwSignal::new(None::<Trouble>);
    // What the person saw when the question opened: the raise is made against that, not against what came since.
    let seen = RwSignal::new(None::<FeatureFlag>);
    Effect::new(move |_| {
        if open.get() {
            seen.set(flag.get_untracked());
            trouble.set(None);
        }
    });
    let text = Signal::derive(move || {
        let (Some(view), Some(flag), Some(to)) = (view.get(), seen.get(), wanted.get()) else {
            return String::new();
        };
        describe(
            &view,
            &key.with_value(|key| key.to_string()),
            flag.exposure,
            to,
        )
    });
    let title = Signal::derive(move || match (seen.get(), wanted.get()) {
        (Some(flag), Some(to)) if to < flag.exposure => format!("Lower to {to}?"),
        (_, Some(to)) => format!("Push to {to}?"),
        _ => String::new(),
    });
    let send = move || {
        let (Some(view), Some(flag), Some(to)) = (
            view.get_untracked(),
            seen.get_untracked(),
            wanted.get_untracked(),
        ) else {
            return;
        };
        pending.set(true);
        trouble.set(None);
        spawn_local(async move {
            let (environment, key) = (
                view.environment.to_string(),
                key.with_value(|key| key.to_string()),
            );
            let reason_typed = reason.get_untracked();
            let why = (!reason_typed.trim().is_empty()).then_some(reason_typed);
            let arguments = [environment.as_str(), key.as_str()];
            let result = if to > flag.exposure {
                let body = Raise {
                    to,
                    epoch: flag.epoch,
                    skip: false,
                    emergency: None,
                    reason: why,
                };
                api::call::<PostRaise>(&arguments, Some(&body)).await
            } else {
                api::call::<PostLower>(&arguments, Some(&Lower { to, reason: why })).await
            };
            match result {
                Ok(_) => {
                    typed.set(String::new());
                    reason.set(String::new());
                    open.set(false);
                }
                Err(problem) => trouble.set(Some(problem)),
            }
            pending.set(false);
        });
    };
    view! { <Confirm open title text action=Signal::derive(move || title.get().trim_end_matches('?').to_string()) reason pending trouble on_confirm=send /> }
}

/// "production: refund_v1 goes from 5 % to 25 %, about 8,000 users more (10,000 of 40,000)."
fn describe(view: &ReleaseView, flag: &str, from: Exposure, to: Exposure) -> String {
    let what = format!("{}: {flag} goes from {from} to {to}", view.environment);
    let Some(population) = view.state.population else {
        let share = |exposure: Exposure| format!("{} in 10,000", exposure.basis_points());
        return format!(
            "{what}: {} users in place of {}. (`flaghoist environment {} --population N` gives counts.)",
            share(to),
            share(from),
            view.environment
        );
    };
    let (before, after) = (from.of(population), to.of(population));
    let (count, word) = if after >= before {
        (after - before, "more")
    } else {
        (before - after, "fewer")
    };
    format!(
        "{what}, about {} users {word} ({} of {}).",
        grouped(count),
        grouped(after),
        grouped(population)
    )
}

/// 12345 → "12,345".
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
