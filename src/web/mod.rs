//! The web edge: for now, serving a built bundle.

pub mod static_site;
