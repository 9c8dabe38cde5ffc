//! The application in the browser: what every feature's pages stand on.
//!
//! Reading order: `site` (what a process serves with), `actor` (who asks and what they may), `form` (what they
//! send), `page` (what they get), `problems` (what they get when it goes wrong), `token` (the signed cookie),
//! `upload` (a form with a file), `assets`, `serve`. A handler takes a `Can<...>` and, for a form, a `Form<...>`, and answers with
//! `who.page(...)` or `who.once(...)`.

pub mod actor;
pub mod assets;
pub mod drafts;
pub mod form;
pub mod list;
pub mod page;
pub mod problems;
pub mod serve;
pub mod site;
pub mod token;
pub mod upload;

pub use actor::{Can, Who};
pub use form::{Form, OpenForm};
pub use page::Head;
pub use problems::{Answer, Problem};
pub use site::Site;
