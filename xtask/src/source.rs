//! Rust source as the rules see it: what is code, and what of it ships.
//!
//! No parser: a scanner that blanks comments and literals, keeping every line where it is, and
//! leans on rustfmt's layout (an item that starts at the margin ends at a `}` at the margin).

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The text with comments, string literals and character literals replaced by spaces. Lines keep
/// their numbers; columns count characters.
pub fn code(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut masked = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let end = opaque_end(&chars, at).unwrap_or(at);
        if end > at {
            masked.extend(chars[at..end].iter().map(|&c| if c == '\n' { c } else { ' ' }));
            at = end;
        } else {
            masked.push(chars[at]);
            at += 1;
        }
    }
    masked
}

/// [`code`] without the items marked `#[cfg(test)]` at the margin: blank lines stand in their place.
pub fn shipped_code(text: &str) -> String {
    let code = code(text);
    let lines = code.lines().zip(test_lines(text));
    lines.map(|(line, test)| if test { "\n".to_owned() } else { format!("{line}\n") }).collect()
}

/// Of each line, whether it belongs to an item marked `#[cfg(test)]` at the margin.
pub fn test_lines(text: &str) -> Vec<bool> {
    let mut in_test = false;
    let mark = |line: &str| {
        let starts = line.trim_end() == "#[cfg(test)]";
        let test = in_test || starts;
        in_test = test && (starts || !ends_item(line));
        test
    };
    code(text).lines().map(mark).collect()
}

/// Whether a line closes an item at the margin, as rustfmt lays it out.
fn ends_item(line: &str) -> bool {
    let at_margin = line.starts_with(|c: char| !c.is_whitespace() && c != '#');
    at_margin && (line.starts_with('}') || line.trim_end().ends_with([';', '}']))
}

/// All `.rs` files under `folder`, in order of their paths.
///
/// # Errors
/// A folder could not be read.
pub fn rust_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

/// Whether `name` occurs in `code` as a whole identifier.
pub fn names(code: &str, name: &str) -> bool {
    let ident = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(name)
        .any(|(at, _)| !code[..at].ends_with(ident) && !code[at + name.len()..].starts_with(ident))
}

/// Where the comment or literal that starts at `at` ends, if one does.
fn opaque_end(chars: &[char], at: usize) -> Option<usize> {
    let next = chars.get(at + 1).copied();
    match chars[at] {
        '/' if next == Some('/') => Some(find(chars, at, |c| c == '\n')),
        '/' if next == Some('*') => Some(block_comment_end(chars, at)),
        '"' => Some(quoted_end(chars, at, '"')),
        '\'' => {
            let literal = next == Some('\\') || chars.get(at + 2) == Some(&'\'');
            literal.then(|| quoted_end(chars, at, '\''))
        }
        'r' => raw_string_end(chars, at),
        _ => None,
    }
}

fn find(chars: &[char], from: usize, what: impl Fn(char) -> bool) -> usize {
    let rest = &chars[from..];
    from + rest.iter().position(|&c| what(c)).unwrap_or(rest.len())
}

fn block_comment_end(chars: &[char], at: usize) -> usize {
    let mut depth = 0_usize;
    let mut i = at;
    while i < chars.len() {
        match (chars[i], chars.get(i + 1)) {
            ('/', Some('*')) => {
                depth += 1;
                i += 2;
            }
            ('*', Some('/')) => {
                depth -= 1;
                i += 2;
                if depth == 0 {
                    return i;
                }
            }
            _ => i += 1,
        }
    }
    i
}

fn quoted_end(chars: &[char], at: usize, quote: char) -> usize {
    let mut i = at + 1;
    while i < chars.len() {
        match chars[i] {
            '\\' => i += 2,
            c if c == quote => return i + 1,
            _ => i += 1,
        }
    }
    chars.len()
}

/// `r"…"`, `r#"…"#` and so on, also after `b` or `c`; not the identifier `r`, nor `r#type`.
fn raw_string_end(chars: &[char], at: usize) -> Option<usize> {
    let ident = |i: usize| chars[i].is_alphanumeric() || chars[i] == '_';
    let prefixed = at > 0 && matches!(chars[at - 1], 'b' | 'c');
    let start = if prefixed { at - 1 } else { at };
    if start > 0 && ident(start - 1) {
        return None;
    }
    let open = find(chars, at + 1, |c| c != '#');
    let hashes = open - at - 1;
    if chars.get(open) != Some(&'"') {
        return None;
    }
    let closes = |i: usize| {
        chars[i] == '"'
            && chars.len() > i + hashes
            && chars[i + 1..=i + hashes].iter().all(|&c| c == '#')
    };
    let end = (open + 1..chars.len()).find(|&i| closes(i));
    Some(end.map_or(chars.len(), |i| i + 1 + hashes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        code(text).split_whitespace().map(Into::into).collect()
    }

    #[test]
    fn comments_and_literals_are_blanked() {
        assert_eq!(words("a // b\nc"), ["a", "c"]);
        assert_eq!(words("a /* b /* c */ d */ e"), ["a", "e"]);
        assert_eq!(words(r#"a "b \" c" d"#), ["a", "d"]);
        assert_eq!(words("a r#\"b \" c\"# d"), ["a", "d"]);
        assert_eq!(words("a br\"b\\\" d"), ["a", "b", "d"]);
        assert_eq!(words("a '\"' b '\\'' c"), ["a", "b", "c"]);
        assert_eq!(words("&'a str, 'x'"), ["&'a", "str,"]);
        assert_eq!(words("r#type r for"), ["r#type", "r", "for"]);
        assert_eq!(words("var\"x\""), ["var"]);
    }

    #[test]
    fn lines_keep_their_numbers() {
        for text in ["a\n\"b\nc\"\nd\n", "/* é\n*/ x", "\"unclosed\n\n", "r#\"open\n"] {
            let masked = code(text);
            assert_eq!(masked.matches('\n').count(), text.matches('\n').count());
            assert_eq!(masked.chars().count(), text.chars().count());
        }
    }

    #[test]
    fn test_items_do_not_ship() {
        let text = "\
use a::b;
#[cfg(test)]
use c::{
    d,
};
#[cfg(test)]
mod more_tests;
fn e() {}
#[cfg(test)]
const H: [u8; 1] = [
    1,
];
#[cfg(test)]
#[allow(unused)]
mod tests {
    fn f() {
        let json = \"
}
\";
    }
}
fn g() {}
";
        let shipped = shipped_code(text);
        let kept: Vec<&str> = shipped.lines().filter(|l| !l.is_empty()).collect();
        assert_eq!(kept, ["use a::b;", "fn e() {}", "fn g() {}"]);
        assert_eq!(shipped.lines().count(), text.lines().count());
    }

    #[test]
    fn names_are_whole_identifiers() {
        assert!(names("use argmin::core", "argmin"));
        assert!(!names("argmin_math::x; my_argmin()", "argmin"));
    }
}
