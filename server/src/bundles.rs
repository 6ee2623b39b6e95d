//! What edges load, made once per bundle revision: the document and its compiled image, and their encodings.
//!
//! Invariant: what is served is of the revision it says; nothing is compressed or compiled twice for one revision.

use crate::ledger::Ledger;
use crate::random;
use flaghoist_core::bundle::{self, Bundle};
use flaghoist_core::evaluation::compile;
use flaghoist_core::name::{EnvironmentName, Revision};
use flaghoist_core::ruleset::Ruleset;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Brotli's quality: 5 is within a few per cent of the best at a tenth of the time.
const BROTLI_QUALITY: i32 = 5;

/// Which flags a bundle holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Projection {
    /// All of them.
    Whole,
    /// Those marked for clients.
    Client,
}

/// What a bundle is served as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The flagd document.
    Document,
    /// The compiled image, which an edge evaluates as it is.
    Image,
}

/// How a bundle's bytes are encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// As they are.
    Identity,
    /// gzip.
    Gzip,
    /// brotli.
    Brotli,
}

/// One environment's bundle at one revision.
pub struct Served {
    /// The bundle revision.
    pub revision: Revision,
    /// A hash of the document: the base of every entity tag.
    pub digest: String,
    /// The rules, ready to evaluate.
    pub ruleset: Ruleset,
    json: Vec<u8>,
    document: Compressed,
    image: Compressed,
}

/// Encodings made when they are first asked for.
#[derive(Default)]
struct Compressed {
    gzip: OnceLock<Vec<u8>>,
    brotli: OnceLock<Vec<u8>>,
}

impl Served {
    fn new(revision: Revision, bundle: &Bundle) -> Self {
        // A document we lowered ourselves always serialises.
        let json = serde_json::to_vec(bundle).unwrap_or_default();
        let (ruleset, diagnostics) = compile(bundle);
        for diagnostic in diagnostics {
            tracing::warn!(%diagnostic, "a flag of the bundle does not compile");
        }
        let digest = random::sha256(&json).chars().take(32).collect();
        Self {
            revision,
            digest,
            ruleset,
            json,
            document: Compressed::default(),
            image: Compressed::default(),
        }
    }

    /// The bundle in a form and an encoding.
    pub fn bytes(&self, form: Form, encoding: Encoding) -> &[u8] {
        let (plain, compressed) = match form {
            Form::Document => (self.json.as_slice(), &self.document),
            Form::Image => (self.ruleset.as_bytes(), &self.image),
        };
        match encoding {
            Encoding::Identity => plain,
            Encoding::Gzip => compressed.gzip.get_or_init(|| gzip(plain)),
            Encoding::Brotli => compressed.brotli.get_or_init(|| brotli_of(plain)),
        }
    }

    /// The strong entity tag of a form in an encoding. Images of another format have other tags.
    pub fn etag(&self, form: Form, encoding: Encoding) -> String {
        let form = match form {
            Form::Document => String::new(),
            Form::Image => format!("-image{}", Ruleset::FORMAT),
        };
        let encoding = match encoding {
            Encoding::Identity => "",
            Encoding::Gzip => "-gz",
            Encoding::Brotli => "-br",
        };
        format!("\"{}{form}{encoding}\"", self.digest)
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    // Writing to memory cannot fail.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}

fn brotli_of(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let parameters = brotli::enc::BrotliEncoderParams {
        quality: BROTLI_QUALITY,
        ..Default::default()
    };
    let _ = brotli::BrotliCompress(&mut &*bytes, &mut out, &parameters);
    out
}

/// The current bundles.
pub struct Bundles {
    ledger: Arc<Ledger>,
    current: Mutex<BTreeMap<(EnvironmentName, Projection), Arc<Served>>>,
}

impl Bundles {
    /// Of a ledger.
    pub fn new(ledger: Arc<Ledger>) -> Self {
        Self {
            ledger,
            current: Mutex::default(),
        }
    }

    /// An environment's bundle as it is now; `None` where there is no such environment.
    pub fn get(
        &self,
        environment: &EnvironmentName,
        projection: Projection,
    ) -> Option<Arc<Served>> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        // Read under the lock: what was served once is never followed by what was before it.
        let workspace = self.ledger.workspace();
        let revision = workspace.environment(environment)?.bundle_revision;
        let key = (environment.clone(), projection);
        if let Some(served) = current
            .get(&key)
            .filter(|served| served.revision == revision)
        {
            return Some(served.clone());
        }
        let lowered = match projection {
            Projection::Whole => bundle::lower(&workspace, environment),
            Projection::Client => bundle::lower_for_clients(&workspace, environment),
        }?;
        let served = Arc::new(Served::new(revision, &lowered));
        current.insert(key, served.clone());
        Some(served)
    }
}
