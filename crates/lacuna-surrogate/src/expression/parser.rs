//! From text to a program, by recursive descent.
//!
//! ```text
//! either  = both { (or | "||") both }
//! both    = test { (and | &&) test }
//! test    = { not | ! } sum [ (< | <= | > | >= | == | !=) sum ]
//! sum     = product { (+ | -) product }
//! product = signed { (* | /) signed }
//! signed  = (+ | -) signed | power
//! power   = operand [ ^ signed ]
//! operand = number | name | name ( either { , either } ) | ( either )
//! ```
//! So −x^2 = −(x²), 2^−1 = ½ and 2^3^2 = 2^9, as in mathematics.

use super::functions::{Binary, Unary};
use super::program::{Instruction, Program};
use super::tokens::{Located, Token, WORDS, tokens};
use super::{ExpressionError, ExpressionOptions};

/// Named constants.
const CONSTANTS: &[(&str, f64)] = &[
    ("pi", std::f64::consts::PI),
    ("π", std::f64::consts::PI),
    ("PI", std::f64::consts::PI),
    ("tau", std::f64::consts::TAU),
    ("e", std::f64::consts::E),
];

/// Keeps the descent within the stack of a thread.
const DEEPEST: usize = 200;

pub(super) fn parse(text: &str, names: &ExpressionOptions) -> Result<Program, ExpressionError> {
    if text.trim().is_empty() {
        return Err(ExpressionError::Empty);
    }
    let tokens = tokens(text)?;
    let mut parser = Parser { text, names, tokens, at: 0, depth: 0, program: Vec::new() };
    parser.either()?;
    match parser.peek() {
        Token::End => Ok(Program(parser.program)),
        Token::Symbol(')') => {
            let position = parser.here().position;
            Err(ExpressionError::Unopened { text: text.into(), position })
        }
        _ => Err(parser.unexpected("an operator (multiplication is written 2*x, not 2x)")),
    }
}

/// The choice between two values.
const IF: &str = "if";

pub(super) fn is_function(name: &str) -> bool {
    let known = |(word, _): &(&str, char)| *word == name;
    name == IF
        || Unary::named(name).is_some()
        || Binary::named(name).is_some()
        || WORDS.iter().any(known)
}

struct Parser<'a> {
    text: &'a str,
    names: &'a ExpressionOptions,
    tokens: Vec<Located>,
    at: usize,
    depth: usize,
    program: Vec<Instruction>,
}

impl Parser<'_> {
    fn here(&self) -> &Located {
        &self.tokens[self.at]
    }

    fn peek(&self) -> &Token {
        &self.here().token
    }

    fn accept(&mut self, symbol: char) -> bool {
        let found = *self.peek() == Token::Symbol(symbol);
        self.at += usize::from(found);
        found
    }

    fn either(&mut self) -> Result<(), ExpressionError> {
        self.both()?;
        while self.accept('|') {
            self.both()?;
            self.program.push(Instruction::Binary(Binary::Or));
        }
        Ok(())
    }

    fn both(&mut self) -> Result<(), ExpressionError> {
        self.test()?;
        while self.accept('&') {
            self.test()?;
            self.program.push(Instruction::Binary(Binary::And));
        }
        Ok(())
    }

    fn test(&mut self) -> Result<(), ExpressionError> {
        let mut negations = 0;
        while self.accept('!') {
            negations += 1;
        }
        self.sum()?;
        if let Some(comparison) = self.comparison() {
            self.at += 1;
            self.sum()?;
            self.program.push(Instruction::Binary(comparison));
            if self.comparison().is_some() {
                return Err(self.unexpected("one comparison at a time (a < x and x < b)"));
            }
        }
        for _ in 0..negations {
            self.program.push(Instruction::Unary(Unary::Not));
        }
        Ok(())
    }

    fn comparison(&self) -> Option<Binary> {
        match self.peek() {
            Token::Symbol('<') => Some(Binary::Less),
            Token::Symbol('≤') => Some(Binary::AtMost),
            Token::Symbol('>') => Some(Binary::Greater),
            Token::Symbol('≥') => Some(Binary::AtLeast),
            Token::Symbol('=') => Some(Binary::Equal),
            Token::Symbol('≠') => Some(Binary::Unequal),
            _ => None,
        }
    }

    fn sum(&mut self) -> Result<(), ExpressionError> {
        self.product()?;
        loop {
            let operator = match self.peek() {
                Token::Symbol('+') => Binary::Add,
                Token::Symbol('-') => Binary::Subtract,
                _ => return Ok(()),
            };
            self.at += 1;
            self.product()?;
            self.program.push(Instruction::Binary(operator));
        }
    }

    fn product(&mut self) -> Result<(), ExpressionError> {
        self.signed()?;
        loop {
            let operator = match self.peek() {
                Token::Symbol('*') => Binary::Multiply,
                Token::Symbol('/') => Binary::Divide,
                _ => return Ok(()),
            };
            self.at += 1;
            self.signed()?;
            self.program.push(Instruction::Binary(operator));
        }
    }

    /// Every recursion passes through here.
    fn signed(&mut self) -> Result<(), ExpressionError> {
        if self.depth == DEEPEST {
            let position = self.here().position;
            return Err(ExpressionError::TooDeep {
                text: self.text.into(),
                position,
                limit: DEEPEST,
            });
        }
        self.depth += 1;
        if self.accept('-') {
            self.signed()?;
            self.program.push(Instruction::Unary(Unary::Negate));
        } else if self.accept('+') {
            self.signed()?;
        } else {
            self.power()?;
        }
        self.depth -= 1;
        Ok(())
    }

    fn power(&mut self) -> Result<(), ExpressionError> {
        self.operand()?;
        if self.accept('^') {
            self.signed()?;
            self.program.push(Instruction::Binary(Binary::Power));
        }
        Ok(())
    }

    fn operand(&mut self) -> Result<(), ExpressionError> {
        let Located { token, position, .. } = self.here().clone();
        match token {
            Token::Number(value) => {
                self.at += 1;
                self.program.push(Instruction::Number(value));
                Ok(())
            }
            Token::Name(name) => {
                self.at += 1;
                match self.meaning(&name) {
                    Some(instruction) => {
                        self.program.push(instruction);
                        Ok(())
                    }
                    None => self.call(&name, position),
                }
            }
            Token::Symbol('(') => {
                self.at += 1;
                self.either()?;
                self.close(position)
            }
            Token::Symbol(')') if self.at == 0 => {
                Err(ExpressionError::Unopened { text: self.text.into(), position })
            }
            _ => Err(self.unexpected("a number, a name or `(`")),
        }
    }

    /// What a name stands for, if it is not a function.
    fn meaning(&self, name: &str) -> Option<Instruction> {
        let ExpressionOptions { arguments, parameters } = self.names;
        let parameter = parameters.iter().position(|(parameter, _)| parameter == name);
        let axis = || arguments.iter().position(|names| names.iter().any(|n| n == name));
        let constant = || CONSTANTS.iter().find(|(constant, _)| *constant == name);
        parameter
            .map(Instruction::Parameter)
            .or_else(|| axis().map(Instruction::Coordinate))
            .or_else(|| constant().map(|&(_, value)| Instruction::Number(value)))
    }

    /// The arguments of a function whose name has been read.
    fn call(&mut self, name: &str, position: usize) -> Result<(), ExpressionError> {
        let instruction = match (Unary::named(name), Binary::named(name)) {
            (Some(unary), _) => Instruction::Unary(unary),
            (_, Some(binary)) => Instruction::Binary(binary),
            _ if name == IF => Instruction::Choose,
            _ => return Err(self.unknown(name, position)),
        };
        let opened = self.here().position;
        if !self.accept('(') {
            return Err(self.unexpected(&format!("`(` after the function `{name}`")));
        }
        let mut found = 0;
        if *self.peek() != Token::Symbol(')') {
            self.either()?;
            found += 1;
            while self.accept(',') {
                self.either()?;
                found += 1;
            }
        }
        self.close(opened)?;
        let (takes, expected) = match instruction {
            Instruction::Unary(_) => (1, "1 argument"),
            Instruction::Choose => (3, "3 arguments, a condition and two values"),
            _ => (2, "2 arguments"),
        };
        if found != takes {
            let (text, function) = (self.text.into(), name.into());
            return Err(ExpressionError::ArgumentCount {
                text,
                position,
                function,
                found,
                expected,
            });
        }
        self.program.push(instruction);
        Ok(())
    }

    fn close(&mut self, opened: usize) -> Result<(), ExpressionError> {
        if self.accept(')') {
            return Ok(());
        }
        if *self.peek() == Token::End {
            return Err(ExpressionError::Unclosed { text: self.text.into(), position: opened });
        }
        Err(self.unexpected("an operator or `)` (multiplication is written 2*x, not 2x)"))
    }

    fn unexpected(&self, expected: &str) -> ExpressionError {
        let here = self.here();
        let found = match here.token {
            Token::End => "the end".into(),
            _ => format!("`{}`", here.source),
        };
        let (text, expected) = (self.text.into(), expected.into());
        ExpressionError::Unexpected { text, position: here.position, found, expected }
    }

    fn unknown(&self, name: &str, position: usize) -> ExpressionError {
        let ExpressionOptions { arguments, parameters } = self.names;
        let is_call = *self.peek() == Token::Symbol('(');
        let variables = arguments.iter().flatten().map(String::as_str);
        let parameters = parameters.iter().map(|(name, _)| name.as_str());
        let constants = CONSTANTS.iter().map(|(name, _)| *name);
        let values: Vec<&str> = variables.chain(parameters).chain(constants).collect();
        let functions: Vec<&str> =
            Unary::NAMES.iter().chain(Binary::NAMES).copied().chain([IF]).collect();
        let words = |names: &[&str]| {
            let words: Vec<&str> =
                names.iter().copied().filter(|n| n.starts_with(char::is_alphabetic)).collect();
            words.join(", ")
        };
        let (likely, other) = if is_call { (&functions, &values) } else { (&values, &functions) };
        let suggestion = nearest(name, likely).or_else(|| nearest(name, other));
        ExpressionError::UnknownName {
            text: self.text.into(),
            position,
            name: name.into(),
            available: words(likely),
            suggestion: suggestion.map(Into::into),
        }
    }
}

/// The candidate within two edits, and less than half rewritten, that is closest to `name`.
fn nearest<'a>(name: &str, candidates: &[&'a str]) -> Option<&'a str> {
    let length = name.chars().count();
    let scored = candidates.iter().map(|candidate| (edits(name, candidate), *candidate));
    let (edits, candidate) = scored.min_by_key(|(edits, _)| *edits)?;
    (edits <= 2 && 2 * edits <= length).then_some(candidate)
}

/// Levenshtein distance.
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, &to) in b.iter().enumerate() {
            let replace = diagonal + usize::from(from != to);
            diagonal = row[j + 1];
            row[j + 1] = replace.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row[b.len()]
}
