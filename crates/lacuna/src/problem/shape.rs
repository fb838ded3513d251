//! Compares a parsed problem file with the keys and shapes it may have.
//!
//! Within a table unknown keys are reported first, since a misspelt key is also a missing one.

use toml::de::{DeTable, DeValue};

use super::fault::{Located, ProblemFault, Section, for_people};
use super::location::child;
use super::nearest::Suggestion;
use super::schema::{Key, Shape};

/// Checks the table at `path` against its `keys`.
pub(super) fn check_table(path: &str, table: &DeTable<'_>, keys: &[Key]) -> Result<(), Located> {
    let mut present: Vec<_> = table.keys().collect();
    present.sort_by_key(|key| key.span().start);
    for key in present {
        let name: &str = key.get_ref();
        if !keys.iter().any(|key| key.name == name) {
            let fault = ProblemFault::UnknownKey {
                key: name.to_owned(),
                section: Section::new(path),
                suggestion: Suggestion::new(name, keys.iter().map(|key| key.name)),
            };
            return Err(Located::new(child(path, name), fault));
        }
    }
    for key in keys {
        let path_of_key = child(path, key.name);
        match (table.get(key.name), key.required) {
            (Some(value), _) => check(&path_of_key, value.get_ref(), &key.shape)?,
            (None, None) => {}
            (None, Some(example)) => {
                let fault = match key.shape {
                    Shape::Table(_) => ProblemFault::MissingSection { key: key.name, example },
                    _ => ProblemFault::MissingKey {
                        key: key.name,
                        section: Section::new(path),
                        example,
                    },
                };
                return Err(Located::new(path_of_key, fault));
            }
        }
    }
    Ok(())
}

fn check(path: &str, value: &DeValue<'_>, shape: &Shape) -> Result<(), Located> {
    let wrong = || {
        let fault = ProblemFault::WrongType {
            key: for_people(path),
            found: describe(value),
            expected: expected(shape),
        };
        Err(Located::new(path, fault))
    };
    match (shape, value) {
        (Shape::Text | Shape::TextOrNumber, DeValue::String(_))
        | (Shape::Flag, DeValue::Boolean(_))
        | (Shape::True, DeValue::Boolean(true)) => Ok(()),
        (Shape::Number | Shape::TextOrNumber | Shape::NumberOrName(_), DeValue::Integer(_)) => {
            Ok(())
        }
        (Shape::Number | Shape::TextOrNumber | Shape::NumberOrName(_), DeValue::Float(float)) => {
            match float.as_str().parse::<f64>() {
                Ok(number) if number.is_finite() => Ok(()),
                _ => wrong(),
            }
        }
        (Shape::Count, DeValue::Integer(integer)) => {
            match u64::from_str_radix(integer.as_str(), integer.radix()) {
                Ok(count) if i64::try_from(count).is_ok() => Ok(()),
                _ => wrong(),
            }
        }
        (Shape::Name(names) | Shape::NumberOrName(names), DeValue::String(text)) => {
            if names.contains(&text.as_ref()) {
                return Ok(());
            }
            let fault = ProblemFault::UnknownValue {
                key: for_people(path),
                value: text.to_string(),
                suggestion: Suggestion::new(text, names.iter().copied()),
            };
            Err(Located::new(path, fault))
        }
        (Shape::Table(keys) | Shape::OrTable(_, keys, _), DeValue::Table(table)) => {
            check_table(path, table, keys)
        }
        (Shape::Named(shape), DeValue::Table(table)) => {
            let mut entries: Vec<_> = table.iter().collect();
            entries.sort_by_key(|(key, _)| key.span().start);
            for (key, value) in entries {
                check(&child(path, key.get_ref()), value.get_ref(), shape)?;
            }
            Ok(())
        }
        (Shape::Array(shape) | Shape::OrArray(shape, _), DeValue::Array(entries)) => {
            if entries.is_empty() {
                return wrong();
            }
            for (i, entry) in entries.iter().enumerate() {
                check(&child(path, &i.to_string()), entry.get_ref(), shape)?;
            }
            Ok(())
        }
        (Shape::OrTable(single, _, expected) | Shape::OrArray(single, expected), _) => {
            if !same_type(single, value) {
                let fault = ProblemFault::WrongType {
                    key: for_people(path),
                    found: describe(value),
                    expected,
                };
                return Err(Located::new(path, fault));
            }
            check(path, value, single)
        }
        _ => wrong(),
    }
}

/// Whether a single value is at least of the right type, so that its own message fits best.
fn same_type(shape: &Shape, value: &DeValue<'_>) -> bool {
    matches!(
        (shape, value),
        (
            Shape::Text | Shape::Name(_) | Shape::NumberOrName(_) | Shape::TextOrNumber,
            DeValue::String(_)
        ) | (
            Shape::Number | Shape::NumberOrName(_) | Shape::TextOrNumber,
            DeValue::Integer(_) | DeValue::Float(_)
        ) | (Shape::Count, DeValue::Integer(_))
    )
}

fn expected(shape: &Shape) -> &'static str {
    match shape {
        Shape::Text => "a string",
        Shape::Flag => "true or false",
        Shape::True => "true (what is known is written as a number)",
        Shape::Number => "a finite number",
        Shape::Count => "a whole number, not negative",
        Shape::Name(_) => "a name in quotes",
        Shape::Table(_) => "a table",
        Shape::Named(_) => "a table of named entries",
        Shape::Array(Shape::Table(_)) => "an array of tables (a header in double brackets)",
        Shape::Array(_) => "an array with at least one entry",
        Shape::OrTable(_, _, expected) | Shape::OrArray(_, expected) => expected,
        Shape::NumberOrName(_) => "a number or a name in quotes",
        Shape::TextOrNumber => "an expression or the path of a CSV file, in quotes",
    }
}

fn describe(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => format!("the string \"{text}\""),
        DeValue::Integer(integer) => integer.to_string(),
        DeValue::Float(float) => float.to_string(),
        DeValue::Boolean(flag) => flag.to_string(),
        DeValue::Datetime(_) => "a date".to_owned(),
        DeValue::Array(entries) if entries.is_empty() => "an empty array".to_owned(),
        DeValue::Array(_) => "an array".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
    }
}
