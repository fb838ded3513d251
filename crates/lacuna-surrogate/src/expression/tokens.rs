//! Splitting the text of an expression into numbers, names and symbols.

use super::ExpressionError;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Number(f64),
    Name(String),
    /// One of + - * / ^ ( ) , < ≤ > ≥ = ≠ & | ! where `**` counts as ^, `<=` as ≤, `==` as =, `and` and
    /// `&&` as &, and so on.
    Symbol(char),
    End,
}

/// Symbols written with two characters, or as words.
const PAIRS: &[(&str, char)] =
    &[("**", '^'), ("<=", '≤'), (">=", '≥'), ("==", '='), ("!=", '≠'), ("&&", '&'), ("||", '|')];
pub(super) const WORDS: &[(&str, char)] = &[("and", '&'), ("or", '|'), ("not", '!')];

/// A token and the characters it stands for.
#[derive(Clone, Debug)]
pub(super) struct Located {
    pub token: Token,
    pub source: String,
    /// Of its first character, from 1.
    pub position: usize,
}

/// The tokens of `text`, the last of which is `End`.
pub(super) fn tokens(text: &str) -> Result<Vec<Located>, ExpressionError> {
    let chars: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let c = chars[at];
        let start = at;
        if c.is_whitespace() {
            at += 1;
            continue;
        }
        let starts_number = c == '.' && chars.get(at + 1).is_some_and(char::is_ascii_digit);
        let token = if c.is_ascii_digit() || starts_number {
            at = end_of_number(&chars, at);
            let number: String = chars[start..at].iter().collect();
            number.parse().map(Token::Number).unwrap_or(Token::Name(number))
        } else if c.is_alphabetic() || c == '_' {
            at = end_of(&chars, at, |c| c.is_alphanumeric() || c == '_');
            let name: String = chars[start..at].iter().collect();
            match WORDS.iter().find(|(word, _)| *word == name) {
                Some(&(_, symbol)) => Token::Symbol(symbol),
                None => Token::Name(name),
            }
        } else if let Some(symbol) = pair(&chars[at..]) {
            at += 2;
            Token::Symbol(symbol)
        } else if "+-−*/^(),<>≤≥≠!".contains(c) {
            at += 1;
            Token::Symbol(if c == '−' { '-' } else { c })
        } else {
            return Err(ExpressionError::Unexpected {
                text: text.into(),
                position: at + 1,
                found: format!("`{c}`"),
                expected: match c {
                    '=' => "`==` to compare".into(),
                    '&' => "`&&` or `and`".into(),
                    '|' => "`||` or `or`".into(),
                    _ => "a number, a name, an operator (+ - * / ^ < > ==) or a parenthesis".into(),
                },
            });
        };
        let source = chars[start..at].iter().collect();
        tokens.push(Located { token, source, position: start + 1 });
    }
    let position = chars.len() + 1;
    tokens.push(Located { token: Token::End, source: String::new(), position });
    Ok(tokens)
}

fn pair(chars: &[char]) -> Option<char> {
    let first: String = chars.iter().take(2).collect();
    PAIRS.iter().find(|(pair, _)| *pair == first).map(|&(_, symbol)| symbol)
}

fn end_of(chars: &[char], from: usize, accept: impl Fn(char) -> bool) -> usize {
    from + chars[from..].iter().take_while(|&&c| accept(c)).count()
}

/// Digits, at most one point, and an exponent such as `e-3` if digits follow it.
fn end_of_number(chars: &[char], from: usize) -> usize {
    let digits = |from: usize| end_of(chars, from, |c| c.is_ascii_digit());
    let mut end = digits(from);
    if chars.get(end) == Some(&'.') {
        end = digits(end + 1);
    }
    if matches!(chars.get(end), Some('e' | 'E')) {
        let sign = usize::from(matches!(chars.get(end + 1), Some('+' | '-')));
        let first = end + 1 + sign;
        if chars.get(first).is_some_and(char::is_ascii_digit) {
            end = digits(first);
        }
    }
    end
}
