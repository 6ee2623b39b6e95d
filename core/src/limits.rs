//! Every bound Flaghoist puts on its inputs, each with its reason; each is tested at the limit and one past it.

use crate::time::Span;

/// Longest name of an environment, release, flag, artefact or version, in bytes: fits a URL, a header and a screen.
pub const NAME_BYTES_MAX: usize = 128;
/// Largest flag document or plan accepted, in bytes: far above any real one, small enough to hold twice in memory.
pub const DOCUMENT_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Largest plan file, in bytes: a plan is read by people; a thousand changes take about 300 kB.
pub const PLAN_BYTES_MAX: usize = 1024 * 1024;
/// Deepest nesting of JSON or YAML: serde_json's own bound, so that recursion never meets the end of a stack.
pub const NESTING_MAX: usize = 128;
/// Largest lowered flag, in bytes of JSON (DESIGN §6): edges hold all of them in memory.
pub const LOWERED_FLAG_BYTES_MAX: usize = 64 * 1024;
/// Most changes in one plan: the graph is drawn and read as a whole.
pub const CHANGES_MAX: usize = 1000;
/// Most kinds of artefacts that a plan declares: there are eight of ours, and people keep them apart by heart.
pub const KINDS_MAX: usize = 20;
/// Longest name of such a kind, in bytes: it stands before the name of each artefact.
pub const KIND_BYTES_MAX: usize = 32;
/// Most features in one plan, for the same reason.
pub const FEATURES_MAX: usize = 100;
/// Most weekly windows of one plan: a week has seven days, and a team knows its hours by heart.
pub const WINDOWS_MAX: usize = 50;
/// Most openings and freezes looked through for the next moment at which raises may happen: two years of weekly freezes.
pub const CALENDAR_STEPS_MAX: usize = 100;
/// Most preview keys of a feature (DESIGN §5): a preview is for a team, not an audience.
pub const PREVIEW_KEYS_MAX: usize = 1000;
/// Longest reason, title or note a person gives, in bytes.
pub const TEXT_BYTES_MAX: usize = 4096;
/// Most versions of one artefact known in one environment.
pub const VERSIONS_PER_ARTEFACT_MAX: usize = 1000;
/// Most sources of reports about one artefact whose order is kept: a connector, a pipeline, a few people.
pub const SOURCES_PER_ARTEFACT_MAX: usize = 16;
/// Furthest that a report may be ahead of the server's clock, for the same reason as evidence: what comes after it would be
/// taken for older.
pub const REPORT_SKEW_MAX: Span = Span::from_seconds(5 * 60);
/// Largest image, in bytes: what `DOCUMENT_BYTES_MAX` compiles to at worst stays below.
pub const IMAGE_BYTES_MAX: usize = 128 * 1024 * 1024;
/// Deepest program, in operators: a document of `NESTING_MAX` levels has half as many, references add theirs.
pub const PROGRAM_DEPTH_MAX: usize = 128;
/// Most steps of one evaluation: a rule of a hundred thousand comparisons ends well within, a hostile one ends.
pub const EVALUATION_STEPS_MAX: u32 = 1_000_000;
/// Most bytes of text one evaluation may build, for the same reason.
pub const EVALUATION_BYTES_MAX: u32 = 4 * 1024 * 1024;
/// Most steps an explanation records; the rest is counted only.
pub const EXPLANATION_STEPS_MAX: usize = 1_000;
/// Most prerequisites an explanation tells of: far more than a person reads, few enough to evaluate each.
pub const PREREQUISITES_EXPLAINED_MAX: usize = 100;
/// Most pins one piece of evidence names: those of the largest plan, changes and what they require.
pub const EVIDENCE_PINS_MAX: usize = 2 * CHANGES_MAX;
/// Longest link, in bytes: what browsers and proxies take for certain.
pub const LINK_BYTES_MAX: usize = 2048;
/// Furthest that evidence may be ahead of the server's clock: two machines' clocks differ by less, or one is broken.
pub const EVIDENCE_SKEW_MAX: Span = Span::from_seconds(5 * 60);
/// Oldest evidence of a run, a check or a look that counts: two weeks of a release's preparation; what runs around it moves on.
pub const EVIDENCE_AGE_MAX: Span = Span::from_hours(14 * 24);
/// Oldest evidence of freshness that counts: it speaks of a moment.
pub const FRESHNESS_EVIDENCE_AGE_MAX: Span = Span::from_hours(24);
/// Largest report that evidence is read from, in bytes: tens of thousands of cases with their texts; read as a whole.
pub const EVIDENCE_FILE_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Most steps of a canary or of a part's own route: each is looked at by people.
pub const STEPS_MAX: usize = 50;
/// Most metrics watched at a step (lint warns far below).
pub const METRICS_MAX: usize = 50;
/// Most production cases attached to one incident: what people read one by one.
pub const CASES_MAX: usize = 100;
/// Most gates of one change or step.
pub const GATES_MAX: usize = 50;
