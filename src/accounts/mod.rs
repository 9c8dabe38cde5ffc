//! Who may sign in: accounts, their roles, passwords, sessions, and the inbox.
//!
//! An account is apart from a staff record and may have one or none. A session is a row; the signed token
//! in the browser only names it, so that signing out, disabling an account and changing a role take effect
//! with the next request.

pub mod feeds;
pub mod mail;
pub mod model;
pub mod pages;
pub mod passwords;
pub mod store;
pub mod view;
