//! Printing for people and pipes.
//!
//! A reader that has gone away (`lacuna check | head -1`, a closed terminal) is no reason to fail: what
//! matters is in the files. Control characters of names and files are shown as escapes, which no terminal
//! obeys and which JSON reads as what they stand for.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, Write};

/// Prints a line to standard output.
macro_rules! say {
    ($($text:tt)*) => { $crate::say::line(std::io::stdout(), format_args!($($text)*)) };
}

/// Prints a line to standard error.
macro_rules! complain {
    ($($text:tt)*) => { $crate::say::line(std::io::stderr(), format_args!($($text)*)) };
}

/// Prints a line if somebody listens.
pub fn line(mut out: impl Write, text: fmt::Arguments<'_>) {
    let _: io::Result<()> = writeln!(out, "{}", harmless(&text.to_string()));
}

/// The text with control characters, but for ends of lines and tabs, as `\u001b`.
pub fn harmless(text: &str) -> Cow<'_, str> {
    let is_control = |c: char| c.is_control() && c != '\n' && c != '\t';
    if !text.contains(is_control) {
        return Cow::Borrowed(text);
    }
    let escaped = |c: char| match is_control(c) {
        true => format!("\\u{:04x}", u32::from(c)),
        false => c.to_string(),
    };
    Cow::Owned(text.chars().map(escaped).collect())
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn no_control_character_is_printed() {
        assert_eq!(harmless("a\x1b[31mb\u{9b}c\r\u{7f}"), "a\\u001b[31mb\\u009bc\\u000d\\u007f");
        assert_eq!(harmless("W\tû\n"), "W\tû\n");
    }
}
