//! Everything HTTP: the router on one screen, who calls, what they may, and how failures are told.
//!
//! Invariants: each operation of `core::api` is mounted by its own path and method; every failure is a problem document;
//! status codes are named here and nowhere else. Not here: decisions (`ledger`), rules (core).

mod address;
mod answer;
mod app;
mod body;
mod bundle;
mod caller;
mod commands;
mod cors;
mod edges;
mod explain;
mod keys;
mod negotiate;
mod ofrep;
mod problem;
mod session;
mod state;
mod stream;

use crate::Shared;
use axum::Router;
use axum::handler::Handler;
use axum::http::StatusCode;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{MethodFilter, get, on, post};
use flaghoist_core::api::{self, Endpoint, Method};
use problem::Failure;

/// Every route.
pub fn router(shared: Shared) -> Router {
    let admin = Router::new();
    let admin = mount::<api::PostSession, _, _>(admin, session::sign_in);
    let admin = mount::<api::GetSession, _, _>(admin, session::current);
    let admin = mount::<api::DeleteSession, _, _>(admin, session::sign_out);
    let admin = mount::<api::PostKey, _, _>(admin, keys::create);
    let admin = mount::<api::GetKeys, _, _>(admin, keys::list);
    let admin = mount::<api::DeleteKey, _, _>(admin, keys::delete);
    let admin = mount::<api::GetWorkspace, _, _>(admin, state::workspace);
    let admin = mount::<api::GetLedger, _, _>(admin, state::ledger);
    let admin = mount::<api::GetLedgerStream, _, _>(admin, stream::ledger);
    let admin = mount::<api::PutEnvironment, _, _>(admin, commands::declare_environment);
    let admin = mount::<api::PostPlan, _, _>(admin, commands::apply_plan);
    let admin = mount::<api::PostObservation, _, _>(admin, commands::observe);
    let admin = mount::<api::PostRaise, _, _>(admin, commands::raise);
    let admin = mount::<api::PostLower, _, _>(admin, commands::lower);
    let admin = mount::<api::PostContain, _, _>(admin, commands::contain);
    let admin = mount::<api::PostClear, _, _>(admin, commands::clear);
    let admin = mount::<api::PutFlag, _, _>(admin, commands::write_flag);
    let admin = mount::<api::PostEvidence, _, _>(admin, commands::submit_evidence);
    let admin = mount::<api::PostAct, _, _>(admin, commands::act);
    let admin = mount::<api::PostFreeze, _, _>(admin, commands::freeze);
    let admin = mount::<api::PostLiftFreeze, _, _>(admin, commands::lift_freeze);
    let admin = mount::<api::GetWaits, _, _>(admin, state::waits);
    let admin = mount::<api::GetEdges, _, _>(admin, edges::list);

    let evaluation = Router::new();
    let evaluation = mount::<api::GetBundle, _, _>(evaluation, bundle::whole);
    let evaluation = mount::<api::GetClientBundle, _, _>(evaluation, bundle::client);
    let evaluation = mount::<api::PostAcknowledgement, _, _>(evaluation, edges::acknowledge);
    let evaluation = mount::<api::PostExplain, _, _>(evaluation, explain::answer);
    let evaluation = mount::<api::GetBundleStream, _, _>(evaluation, stream::bundle)
        .route("/ofrep/v1/evaluate/flags", post(ofrep::bulk))
        // OFREP clients do not encode keys: a key may hold what splits a path.
        .route("/ofrep/v1/evaluate/flags/{*key}", post(ofrep::single))
        .route(ofrep::STREAM, get(ofrep::stream));

    Router::new()
        .merge(admin)
        .merge(evaluation)
        .route("/healthz", get(state::alive))
        .route("/readyz", get(state::ready))
        .fallback(app::page_or_asset)
        .method_not_allowed_fallback(wrong_method)
        // Outside the router, which would refuse a preflight's method before any route's own layer.
        .layer(from_fn(cors::allow_any_origin))
        .layer(from_fn(answer::as_declared))
        .layer(from_fn_with_state(
            shared.clone(),
            caller::refuse_foreign_pages,
        ))
        .with_state(shared)
}

fn mount<E, H, T>(router: Router<Shared>, handler: H) -> Router<Shared>
where
    E: Endpoint,
    H: Handler<T, Shared>,
    T: 'static,
{
    let method = match E::METHOD {
        Method::Get => MethodFilter::GET,
        Method::Post => MethodFilter::POST,
        Method::Put => MethodFilter::PUT,
        Method::Delete => MethodFilter::DELETE,
    };
    router.route(E::PATH, on(method, handler))
}

async fn wrong_method() -> Failure {
    Failure::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method",
        "this address does not take that method",
        "the operations are listed in the documentation of the API",
    )
}
