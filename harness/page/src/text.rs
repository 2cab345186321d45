//! Markdown and JSON inside HTML.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd, html};

/// The report's Markdown as HTML. Pictures are put in where their file is among `plots` (name and SVG), so that
/// nothing is fetched; any other leaves its alternative text. Wide tables scroll on their own, and with the
/// keyboard.
pub(crate) fn html(markdown: &str, plots: &[(String, String)]) -> String {
    let mut options = Options::empty();
    options.insert(Options::ENABLE_TABLES);
    let events = Parser::new_ext(markdown, options).flat_map(|event| {
        if let Event::Start(Tag::Image { dest_url, .. }) = &event {
            let svg = plots.iter().find(|(name, _)| **name == **dest_url).map_or("", |(_, svg)| svg);
            vec![Event::InlineHtml(format!("<figure>{svg}<figcaption>").into())]
        } else if event == Event::End(TagEnd::Image) {
            vec![Event::InlineHtml("</figcaption></figure>".into())]
        } else if let Event::Start(Tag::Table(_)) = &event {
            vec![Event::Html("<div class=\"wide\" tabindex=\"0\">".into()), event]
        } else if event == Event::End(TagEnd::Table) {
            vec![event, Event::Html("</div>\n".into())]
        } else {
            vec![event]
        }
    });
    let mut out = String::with_capacity(markdown.len() * 2);
    html::push_html(&mut out, events);
    out
}

/// JSON that cannot end the script element it stands in.
pub(crate) fn embedded(json: &str) -> String {
    json.replace('<', "\\u003c").replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029")
}

/// Text between tags.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
