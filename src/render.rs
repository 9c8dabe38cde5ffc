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

/// The frame of a report by itself, and within the application: the pages name the first, and get the one
/// of the place they are compiled for.
const FRAME: &str = "layout/report.html";
const FRAME_WITHIN: &str = "layout/report-app.html";

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
        Renderer::compile(locale, false)?.with(shared, url)
    }

    /// As [`Renderer::new`], with the pages of reports in the frame of the application.
    ///
    /// # Errors
    /// As [`Renderer::new`].
    pub fn within(
        locale: Locale,
        shared: &impl Serialize,
        url: impl Fn(&str, &str) -> Option<String> + Send + Sync + 'static,
    ) -> Result<Renderer, tera::Error> {
        Renderer::compile(locale, true)?.with(shared, url)
    }

    fn compile(locale: Locale, within: bool) -> Result<Renderer, tera::Error> {
        let mut tera = Tera::default();
        tera.autoescape_on([""]);
        tera.register_function("t", move |args: Kwargs, _: &State| translate(locale, &args));
        tera.register_function("url", |_: Kwargs, _: &State| tera::Value::none());
        let (left_out, taken) = if within {
            (FRAME, FRAME_WITHIN)
        } else {
            (FRAME_WITHIN, FRAME)
        };
        let files: Vec<(Cow<str>, String)> = sources()
            .filter(|(name, _)| name != left_out)
            .map(|(name, source)| {
                let name = if name == taken { FRAME.into() } else { name };
                (name, with_texts(locale, &String::from_utf8_lossy(&source)))
            })
            .collect();
        tera.add_raw_templates(files)?;
        Ok(Renderer { tera })
    }

    /// The same templates, not compiled again, with other things to name and other ways.
    ///
    /// # Errors
    /// When `shared` is no struct or map: a fault of the program.
    pub fn with(
        &self,
        shared: &impl Serialize,
        url: impl Fn(&str, &str) -> Option<String> + Send + Sync + 'static,
    ) -> Result<Renderer, tera::Error> {
        let mut tera = self.tera.clone();
        tera.global_context()
            .extend(tera::Context::from_serialize(shared)?);
        tera.register_function(
            "url",
            move |args: Kwargs, _: &State| -> Result<tera::Value, tera::Error> {
                let page = args.must_get::<&str>("page")?;
                let code = args.get::<&str>("code")?.unwrap_or_default();
                Ok(url(page, code).map_or_else(tera::Value::none, Into::into))
            },
        );
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

/// A template with its plain texts put in: they are the same on every page of the language, so they
/// are looked up here once and not while rendering.
fn with_texts(locale: Locale, source: &str) -> String {
    const START: &str = "{{ t(key=\"";
    const END: &str = "\") }}";
    let mut out = String::with_capacity(source.len() * 2);
    let mut rest = source;
    while let Some((before, after)) = rest.split_once(START) {
        out.push_str(before);
        rest = after;
        let text = after
            .split_once(END)
            .filter(|(key, _)| !key.contains('"'))
            .and_then(|(key, after)| Some((i18n::known(locale, key)?, after)))
            .filter(|(text, _)| !text.contains('{'));
        match text {
            Some((text, after)) => {
                out.push_str(&escaped(text));
                rest = after;
            }
            None => out.push_str(START),
        }
    }
    out.push_str(rest);
    out
}

fn escaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    // A vector takes everything that is written to it.
    let _ = tera::escape_html(text, &mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
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

/// A code as part of a path.
#[must_use]
pub fn escape(code: &str) -> String {
    let mut out = String::with_capacity(code.len());
    for byte in code.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    struct Shared {
        lang: &'static str,
    }

    fn renderer(locale: Locale) -> Renderer {
        Renderer::new(locale, &Shared { lang: "en" }, |page, code| {
            (page == "team" && code == "A").then(|| "teams/A.html".to_owned())
        })
        .unwrap()
    }

    /// The renderer with one more template, of a name that has no ending.
    fn render(
        locale: Locale,
        template: &str,
        view: &impl Serialize,
    ) -> Result<String, tera::Error> {
        let mut renderer = renderer(locale);
        renderer.tera.add_raw_template("probe", template)?;
        let mut out = Vec::new();
        renderer.page("probe", view, &mut out)?;
        Ok(String::from_utf8(out).unwrap())
    }

    #[derive(Serialize)]
    struct View {
        up: &'static str,
        name: &'static str,
    }

    const VIEW: View = View {
        up: "../",
        name: "</script>\"'&{{7*7}}",
    };

    #[test]
    fn everything_is_escaped_whatever_the_template_is_called() {
        let html = render(Locale::En, "<a title=\"{{ name }}\">", &VIEW).unwrap();
        assert!(!html.contains("</script>") && html.contains("{{7*7}}"));
        assert_eq!(html.matches('"').count(), 2);
    }

    #[test]
    fn no_template_marks_anything_safe_but_charts() {
        for (name, source) in sources() {
            let source = String::from_utf8(source.into_owned()).unwrap();
            for (at, _) in source.match_indices("| safe") {
                let marked = source[..at].rsplit("{{").next().unwrap().trim();
                assert!(
                    ["chart", "strip", "spark"]
                        .iter()
                        .any(|c| marked.ends_with(c)),
                    "{name}: {marked}"
                );
            }
        }
    }

    #[test]
    fn a_link_is_found_or_is_plain_text() {
        let link = |code| {
            let template =
                format!("{{{{ <link page=\"team\" code=\"{code}\" text={{name}} /> }}}}");
            render(Locale::En, &template, &VIEW).unwrap()
        };
        assert!(link("A").starts_with("<a href=\"../teams/A.html\">&lt;"));
        assert!(link("B").starts_with("&lt;"));
    }

    #[test]
    fn texts_are_in_the_language_of_the_renderer_with_their_slots() {
        let template = "{{ t(key=\"skip\") }} {{ t(key=\"people-count\", n=1) }} {{ t(key=\"people-count\", n=1200) }}";
        assert_eq!(
            render(Locale::En, template, &VIEW).unwrap(),
            "Skip to content 1 person 1,200 people"
        );
        assert_eq!(
            render(Locale::Zh, template, &VIEW).unwrap(),
            "跳到正文 1 人 1,200 人"
        );
    }

    #[test]
    fn a_text_that_is_not_there_is_an_error() {
        for template in [
            "{{ t(key=\"no-such-text\") }}",
            "{{ t(key=\"people-count\") }}",
            "{{ undefined_name }}",
        ] {
            assert!(render(Locale::En, template, &VIEW).is_err(), "{template}");
        }
    }
}
