//! A strict reader of our own pages: where a browser would guess, this one complains.

use std::collections::BTreeSet;

/// What the tests want to know of a page.
#[derive(Debug, Default)]
pub struct Page {
    pub lang: Option<String>,
    pub title: String,
    pub tags: BTreeSet<String>,
    pub ids: BTreeSet<String>,
    /// Every `href` and `src`.
    pub links: Vec<String>,
}

/// Elements without an end tag.
const VOID: [&str; 8] = ["meta", "link", "br", "hr", "img", "input", "col", "wbr"];

/// Reads a page: tags must nest, attributes be quoted and ids unique, `<` and `&` in texts be written
/// as entities.
pub fn parse(text: &str) -> Result<Page, String> {
    let mut rest = text
        .strip_prefix("<!doctype html>")
        .ok_or("does not begin with <!doctype html>")?;
    let mut page = Page::default();
    let mut open: Vec<String> = Vec::new();
    while let Some((before, after)) = rest.split_once('<') {
        content(before)?;
        if open.last().is_some_and(|tag| tag == "title") && page.title.is_empty() {
            page.title = before.trim().to_string();
        }
        if let Some(comment) = after.strip_prefix("!--") {
            rest = comment.split_once("-->").ok_or("a comment without end")?.1;
            continue;
        }
        let (tag, after) = tag(after)?;
        rest = after;
        match tag.kind {
            TagKind::End => {
                let last = open.pop().unwrap_or_default();
                if last != tag.name {
                    return Err(format!("</{}> ends <{last}>", tag.name));
                }
            }
            TagKind::Start if VOID.contains(&tag.name.as_str()) => {}
            TagKind::Start => open.push(tag.name.clone()),
            TagKind::Empty => {}
        }
        note(&mut page, tag)?;
    }
    if !rest.trim().is_empty() || !open.is_empty() {
        return Err(format!("not closed at the end: {open:?} {}", rest.trim()));
    }
    Ok(page)
}

fn note(page: &mut Page, tag: Tag) -> Result<(), String> {
    for (name, value) in tag.attributes {
        content(&value)?;
        match name.as_str() {
            "id" if !page.ids.insert(value.clone()) => {
                return Err(format!("the id {value} stands twice"));
            }
            "lang" if tag.name == "html" => page.lang = Some(value),
            "href" | "src" | "srcset" | "action" | "xlink:href" => page.links.push(value),
            name if name.starts_with("on") => return Err(format!("a handler: {name}")),
            _ => {}
        }
    }
    page.tags.insert(tag.name);
    Ok(())
}

enum TagKind {
    Start,
    End,
    Empty,
}

struct Tag {
    name: String,
    kind: TagKind,
    attributes: Vec<(String, String)>,
}

/// A tag, after its `<`, and what follows it.
fn tag(text: &str) -> Result<(Tag, &str), String> {
    let near = || text.chars().take(60).collect::<String>();
    let (text, end) = match text.strip_prefix('/') {
        Some(rest) => (rest, true),
        None => (text, false),
    };
    let length = text
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '-')
        .ok_or("a tag without end")?;
    let (name, mut rest) = text.split_at(length);
    if name.is_empty() {
        return Err(format!("a bare < before {}", near()));
    }
    let mut attributes: Vec<(String, String)> = Vec::new();
    loop {
        rest = rest.trim_start();
        let (kind, after) = match (rest.strip_prefix("/>"), rest.strip_prefix('>')) {
            (Some(after), _) => (TagKind::Empty, after),
            (None, Some(after)) if end => (TagKind::End, after),
            (None, Some(after)) => (TagKind::Start, after),
            (None, None) => {
                let length = rest
                    .find(|c: char| c.is_whitespace() || "=>/\"'<".contains(c))
                    .filter(|length| *length > 0)
                    .ok_or_else(|| format!("no attribute in {}", near()))?;
                let (attribute, after) = rest.split_at(length);
                let value = match after.strip_prefix("=\"") {
                    Some(quoted) => {
                        let (value, after) = quoted
                            .split_once('"')
                            .ok_or_else(|| format!("no closing quote in {}", near()))?;
                        rest = after;
                        value
                    }
                    None if after.starts_with('=') => {
                        return Err(format!("a value without quotes in {}", near()));
                    }
                    None => {
                        rest = after;
                        ""
                    }
                };
                if attributes.iter().any(|(known, _)| known == attribute) {
                    return Err(format!("{attribute} stands twice in {}", near()));
                }
                attributes.push((attribute.to_string(), value.to_string()));
                continue;
            }
        };
        let name = name.to_string();
        return Ok((
            Tag {
                name,
                kind,
                attributes,
            },
            after,
        ));
    }
}

/// Text or the value of an attribute: every `&` begins an entity.
fn content(text: &str) -> Result<(), String> {
    for (_, after) in text.match_indices('&').map(|(at, _)| text.split_at(at + 1)) {
        let entity = after.split_once(';').map_or("", |(entity, _)| entity);
        let known = !entity.is_empty()
            && entity.len() < 10
            && entity
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '#');
        if !known {
            return Err(format!(
                "a bare & before {}",
                after.chars().take(30).collect::<String>()
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_browser_would_mend_is_refused() {
        let page = |body: &str| {
            parse(&format!(
                "<!doctype html><html lang=\"en\"><body>{body}</body></html>"
            ))
        };
        assert!(page("<p id=\"a\">1 &lt; 2 <br> <a href=\"#a\">x</a></p>").is_ok());
        for body in [
            "<p>",
            "<p></b>",
            "<b><i></b></i>",
            "1 < 2",
            "Q & A",
            "<p id=\"a\"></p><p id=\"a\"></p>",
            "<p class=a></p>",
            "<p onclick=\"x\"></p>",
            "<p class=\"a\" class=\"b\"></p>",
        ] {
            assert!(page(body).is_err(), "{body}");
        }
    }
}
