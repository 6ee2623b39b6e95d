//! What evaluators load, as a document or as an image by `Accept`: strong entity tags, 304, precompressed. Also the address
//! that flagd syncs from.

use super::address::Argument;
use super::caller::Evaluator;
use super::edges;
use super::negotiate::{accepted_encodings, accepts_image, has_already};
use super::problem::Failure;
use crate::Shared;
use crate::bundles::{Encoding, Form, Projection};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use flaghoist_core::api::{Endpoint, GetClientBundle};
use flaghoist_core::name::EnvironmentName;
use flaghoist_core::ruleset::{IMAGE_TYPE, Ruleset};

pub async fn whole(
    State(shared): State<Shared>,
    caller: Evaluator,
    Argument(environment): Argument,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    if caller.projection == Projection::Client {
        return Err(Failure::forbidden(
            "a browser evaluation key does not see the whole bundle",
            format!("load {}", GetClientBundle::path(&[environment.as_str()])),
        ));
    }
    let response = answer(&shared, &caller, &environment, Projection::Whole, &headers).await?;
    edges::hear(&shared, &environment, &headers);
    Ok(response)
}

pub async fn client(
    State(shared): State<Shared>,
    caller: Evaluator,
    Argument(environment): Argument,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    answer(&shared, &caller, &environment, Projection::Client, &headers).await
}

async fn answer(
    shared: &Shared,
    caller: &Evaluator,
    environment: &str,
    projection: Projection,
    headers: &HeaderMap,
) -> Result<Response, Failure> {
    let environment: EnvironmentName = environment.parse()?;
    caller.allow(&environment)?;
    let served = shared.bundles.get(&environment, projection);
    let served = served.ok_or_else(|| {
        Failure::not_found(
            format!("there is no environment `{environment}`"),
            "declare it first",
        )
    })?;
    let encoding = match accepted_encodings(headers).first() {
        Some(&"br") => Encoding::Brotli,
        Some(_) => Encoding::Gzip,
        None => Encoding::Identity,
    };
    let form = match accepts_image(headers, Ruleset::FORMAT) {
        true => Form::Image,
        false => Form::Document,
    };
    let etags = [Encoding::Identity, Encoding::Gzip, Encoding::Brotli]
        .map(|encoding| served.etag(form, encoding));
    let mut response = if has_already(headers, &etags) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        // Compressing a large document takes its time, off the threads that answer.
        let work = tokio::task::spawn_blocking({
            let served = served.clone();
            move || served.bytes(form, encoding).to_vec()
        });
        work.await.unwrap_or_default().into_response()
    };
    let set = response.headers_mut();
    let mut put = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            set.insert(name, value);
        }
    };
    put(header::ETAG, &served.etag(form, encoding));
    put(header::VARY, "Accept, Accept-Encoding, Authorization");
    // Kept by caches, asked about each time: a contain must not wait for an expiry.
    put(header::CACHE_CONTROL, "private, no-cache");
    if response.status() == StatusCode::OK {
        let kind = match form {
            Form::Document => "application/json".to_string(),
            Form::Image => format!("{IMAGE_TYPE};format={}", Ruleset::FORMAT),
        };
        let set = response.headers_mut();
        if let Ok(kind) = HeaderValue::from_str(&kind) {
            set.insert(header::CONTENT_TYPE, kind);
        }
        let coding = match encoding {
            Encoding::Identity => None,
            Encoding::Gzip => Some("gzip"),
            Encoding::Brotli => Some("br"),
        };
        if let Some(coding) = coding {
            set.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
        }
    }
    Ok(response)
}
