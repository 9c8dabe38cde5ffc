//! Recruitment: from a published opening to a hired employee. Criteria are published first, judgement is given by
//! the one engine of scorecards (`judgement`), and every step names who took it and why.

pub mod import;
pub mod jobs;
pub mod model;
pub mod pages;
pub mod resumes;
pub mod store;
pub mod view;
