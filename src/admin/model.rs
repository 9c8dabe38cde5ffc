//! What the trail can tell of.

/// Every action that is recorded, in order; each has a name in `locales/`.
pub const ACTIONS: &[&str] = &[
    "account-disabled",
    "account-enabled",
    "account-made",
    "account-roles",
    "bundle-downloaded",
    "bundle-ordered",
    "calendar-ended",
    "calendar-opened",
    "check-started",
    "code-changed",
    "code-made",
    "cycle.advance",
    "cycle.create",
    "cycle.deadlines",
    "cycle.excuse",
    "cycle.include",
    "cycle.plan",
    "cycle.readmit",
    "export",
    "finding.decide",
    "import",
    "import-discarded",
    "import-uploaded",
    "kpi.create",
    "kpi.restore",
    "kpi.retire",
    "kpi.revise",
    "mapping-saved",
    "password-changed",
    "password-reset",
    "result-opened",
    "session-ended",
    "sessions-ended",
    "sign-in",
    "sign-in-failed",
    "sign-out",
    "skill-level",
    "staff-changed",
    "staff-made",
    "staff-posted",
    "team-changed",
    "team-made",
    "template.change",
    "template.create",
];

/// The text key of an action's name.
#[must_use]
pub fn name_key(action: &str) -> String {
    format!("did-{}", action.replace(['.', '_'], "-"))
}
