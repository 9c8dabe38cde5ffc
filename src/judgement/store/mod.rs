//! Judgement in the database. What other features call:
//!
//! - cards: [`cards::published`] (newest published version of every card in use), [`cards::version`] (one version by
//!   number), [`cards::some`] (several), [`cards::newest`], [`cards::versions`] (for the library),
//!   [`cards::create`], [`cards::revise`], [`cards::publish`], [`cards::set_retired`], [`cards::plant`];
//! - panels: [`panels::open`] (occasions of judging, many at once), [`panels::find`], [`panels::seat`] (invite),
//!   [`panels::sheets`], [`panels::seated`] (with names), [`panels::ratings`], [`panels::given`] (who rated what
//!   how, of many panels: for statistics over raters), [`panels::step`] (invite, decline, give back),
//!   [`panels::decline`] (with a reason), [`panels::submit`], [`panels::amend`], [`panels::amendments`],
//!   [`panels::discuss`], [`panels::close`], [`panels::progress`], [`panels::outcomes`].
//!
//! A feature finds its panel by its own row and its own reach, then asks here. What a panel keeps secret, these
//! functions keep: of an anonymous one no sheet is returned with its ratings, and [`panels::outcomes`] says nothing
//! before it is closed or with too few sheets. Cards are audited here; what happens in a panel is audited by the
//! feature, which knows what it is about and whom it may name.

pub mod cards;
pub mod panels;
