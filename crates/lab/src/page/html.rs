//! Html: text on its way into a page. Whatever an agent wrote goes through [`text`] and can be nothing but text.

use std::fmt::Write as _;

/// The head of a page that needs no network and runs nothing.
pub(crate) fn head(title: &str) -> String {
    format!(
        "<!doctype html><html lang=en><head><meta charset=utf-8>\
         <meta name=viewport content=\"width=device-width, initial-scale=1\">\
         <meta http-equiv=Content-Security-Policy content=\"default-src 'none'; style-src 'unsafe-inline'\">\
         <title>{}</title><style>{}</style></head><body>",
        text(title),
        include_str!("page.css"),
    )
}

/// Text with every character escaped that means something in HTML, in an element or in a quoted attribute.
pub(crate) fn text(raw: &str) -> String {
    let mut escaped = String::with_capacity(raw.len() + raw.len() / 16);
    for character in raw.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\n' | '\t' => escaped.push(character),
            // Control characters (terminal escapes among them) are shown by number, never sent.
            control if control.is_control() => {
                let _ = write!(escaped, "\\x{:02x}", control as u32);
            }
            plain => escaped.push(plain),
        }
    }
    escaped
}

/// The beginning of a text, at most `bytes_max` bytes, with a word on what is left out.
pub(crate) fn cut(raw: &str, bytes_max: usize) -> String {
    if raw.len() <= bytes_max {
        return raw.to_owned();
    }
    let mut end = bytes_max;
    while !raw.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}\n... {} bytes more", &raw[..end], raw.len() - end)
}

/// A table; cells are HTML already. Columns from `numbers_from` on are aligned to the right.
pub(crate) fn table(headers: &[String], rows: &[Vec<String>], numbers_from: usize) -> String {
    let class = |index: usize| if index >= numbers_from { " class=n" } else { "" };
    let mut html = String::from("<div class=wide><table><thead><tr>");
    for (index, header) in headers.iter().enumerate() {
        let _ = write!(html, "<th{}>{}</th>", class(index), text(header));
    }
    html.push_str("</tr></thead><tbody>");
    for row in rows {
        html.push_str("<tr>");
        for (index, cell) in row.iter().enumerate() {
            let _ = write!(html, "<td{}>{cell}</td>", class(index));
        }
        html.push_str("</tr>");
    }
    html.push_str("</tbody></table></div>");
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_an_agent_writes_is_markup() {
        assert_eq!(text("<script a='b'>\u{1b}[0m&\n"), "&lt;script a=&#39;b&#39;&gt;\\x1b[0m&amp;\n");
    }

    #[test]
    fn a_cut_text_ends_at_a_character_and_says_what_is_missing() {
        assert_eq!(cut("short", 10), "short");
        assert_eq!(cut("aé", 2), "a\n... 2 bytes more");
    }

    #[test]
    fn tables_hold_what_they_are_given() {
        let made = table(&["a<".to_owned(), "b".to_owned()], &[vec!["x".to_owned(), "1".to_owned()]], 1);
        assert!(made.contains("<th>a&lt;</th><th class=n>b</th>") && made.contains("<td class=n>1</td>"));
    }
}
