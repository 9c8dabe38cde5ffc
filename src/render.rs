//! Templates: compiled once from the embedded files, with the texts of one language and the links of
//! one place (a report bundle here; a web layout can use the same pages).
//!
//! In a template:
//! - `t(key="...")` is a message; further arguments fill its slots;
//! - `url(page="team", code=team.code)` is the way to a page, or nothing where that page is not at
//!   hand, in which case the template prints plain text;
//! - everything is escaped; only charts, which escape themselves, are marked `safe`.

use std::borrow::Cow;

use rust_embed::RustEmbed;
use serde::Serialize;
use tera::{Kwargs, State, Tera};

use crate::i18n::{self, Locale};

#[derive(RustEmbed)]
#[folder = "templates/"]
struct Files;

/// The templates of one language in one place.
pub struct Renderer {
    tera: Tera,
}

impl Renderer {
    /// Compiles the templates.
    ///
    /// `shared` is a struct or map that every page can name. `url` finds the way to a page of a kind
    /// and a code (empty for a page there is one of), from the folder of the language.
    ///
    /// # Errors
    /// When a template is not well-formed: a fault of the program.
    pub fn new(
        locale: Locale,
        shared: &impl Serialize,
        url: impl Fn(&str, &str) -> Option<String> + Send + Sync + 'static,
    ) -> Result<Renderer, tera::Error> {
        let mut tera = Tera::default();
        tera.autoescape_on([""]);
        *tera.global_context() = tera::Context::from_serialize(shared)?;
        tera.register_function("t", move |args: Kwargs, _: &State| translate(locale, &args));
        tera.register_function(
            "url",
            move |args: Kwargs, _: &State| -> Result<tera::Value, tera::Error> {
                let page = args.must_get::<&str>("page")?;
                let code = args.get::<&str>("code")?.unwrap_or_default();
                Ok(url(page, code).map_or_else(tera::Value::none, Into::into))
            },
        );
        let files: Vec<(Cow<str>, String)> = sources()
            .map(|(name, source)| (name, String::from_utf8_lossy(&source).into_owned()))
            .collect();
        tera.add_raw_templates(files)?;
        Ok(Renderer { tera })
    }

    /// Appends the page of `view`, a struct, to `out`.
    ///
    /// # Errors
    /// When the template names what the view or the texts do not hold: a fault of the program.
    pub fn page(
        &self,
        template: &str,
        view: &impl Serialize,
        out: &mut Vec<u8>,
    ) -> Result<(), tera::Error> {
        self.tera
            .render_to(template, &tera::Context::from_serialize(view)?, out)
    }
}

/// Names and bytes of every template, in order of names.
pub fn sources() -> impl Iterator<Item = (Cow<'static, str>, Cow<'static, [u8]>)> {
    Files::iter()
        .filter(|name| name.ends_with(".html"))
        .filter_map(|name| Files::get(&name).map(|file| (name, file.data)))
}

fn translate(locale: Locale, args: &Kwargs) -> Result<tera::Value, tera::Error> {
    let key = args.must_get::<&str>("key")?;
    let slots: Vec<(&str, i18n::Value)> = args
        .iter()
        .filter_map(|(name, value)| Some((name.as_str()?, value)))
        .filter(|(name, _)| *name != "key")
        .map(|(name, value)| {
            let value = match value.as_i64() {
                Some(count) => count.into(),
                None => value.to_string().into(),
            };
            (name, value)
        })
        .collect();
    let text = if slots.is_empty() {
        i18n::known(locale, key).map(tera::Value::from)
    } else {
        i18n::find(locale, key, &slots).map(tera::Value::from)
    };
    text.ok_or_else(|| tera::Error::message(format!("no message `{key}` with these slots")))
}
