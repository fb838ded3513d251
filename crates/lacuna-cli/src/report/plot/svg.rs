//! Finishes the SVG that `plotters` writes: a header that scales, and less repetition.
//!
//! `plotters` rounds coordinates to integers, so figures are drawn on a canvas [`FINE`] times as
//! large and scaled back by the view box.

use crate::report::html::escape;

/// Units of the canvas per CSS pixel.
pub const FINE: u32 = 20;

/// `raw` with its own header replaced by one of `width` × `height` CSS pixels and the title.
pub fn finish(raw: &str, width: u32, height: u32, title: &str) -> String {
    let title = escape(title);
    let (w, h) = (width * FINE, height * FINE);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {w} {h}\" stroke-linejoin=\"round\" role=\"img\" aria-label=\"{title}\">\n\
         <title>{title}</title>\n"
    );
    let mut group: Option<&str> = None;
    for line in raw.lines().skip_while(|line| line.starts_with("<svg")) {
        let circle = Circle::parse(line);
        let look = circle.as_ref().map(|c| c.look);
        if group != look {
            out.push_str(if group.is_some() { "</g>\n" } else { "" });
            if let Some(look) = look {
                out.push_str(&format!("<g {look}>\n"));
            }
            group = look;
        }
        match circle {
            Some(circle) => out.push_str(&format!("<circle {}/>\n", circle.place)),
            None => out.push_str(&format!("{}\n", line.replace(" opacity=\"1\"", ""))),
        }
    }
    out
}

/// A circle as `plotters` writes it: where it is, and what it looks like.
struct Circle<'a> {
    place: &'a str,
    look: &'a str,
}

impl<'a> Circle<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        let attributes = line.strip_prefix("<circle ")?.strip_suffix("/>")?;
        let split = attributes.find("opacity=")?;
        Some(Self { place: attributes[..split].trim(), look: &attributes[split..] })
    }
}
