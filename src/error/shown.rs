//! How messages show values: the one place that cuts and words them.

use serde_json::Value;

/// Longest value that is repeated in a message, in characters.
const LONGEST: usize = 60;

/// Begins a text that stands for a value without a JSON form and says what it is: "not a number", "a function".
const WORDS: char = '\0';

/// The value as JSON has it, or in words where it has no such form; cut to a readable length.
pub fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => match text.strip_prefix(WORDS) {
            Some(words) => shortened(words),
            // Cut first: the text may be as long as a file.
            None => shortened(&Value::from(text.chars().take(LONGEST + 1).collect::<String>()).to_string()),
        },
        other => shortened(&other.to_string()),
    }
}

/// The number as JSON has it, or in words where it is none that JSON has.
pub fn number(value: f32) -> String {
    match value {
        _ if value.is_nan() => "not a number".to_owned(),
        _ if value.is_infinite() => "infinite".to_owned(),
        _ => value.to_string(),
    }
}

/// A number as a JSON value that [`shown`] shows as JavaScript would.
pub fn as_json(number: f64) -> Value {
    // Every whole number in this range is exact.
    const WHOLE: std::ops::Range<f64> = -9e15..9e15;
    match number {
        _ if !number.is_finite() => Value::from(format!("{WORDS}{}", self::number(number as f32))),
        _ if number.fract() == 0.0 && WHOLE.contains(&number) => Value::from(number as i64),
        _ => Value::from(number),
    }
}

/// A list as JSON has it.
pub fn list(items: &[u64]) -> String {
    shown(&Value::from(items))
}

/// So many bytes in the unit that suits them.
pub fn in_bytes(bytes: u64) -> String {
    match bytes as f64 {
        few if few < 1e6 => format!("{bytes} bytes"),
        some if some < 1e9 => format!("{:.1} MB", some / 1e6),
        many => format!("{:.1} GB", many / 1e9),
    }
}

/// The text, cut to a length that a message can hold.
pub fn shortened(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_shown_as_json_or_in_words() {
        assert_eq!(shown(&json!("ten")), "\"ten\"");
        assert_eq!(shown(&json!(null)), "null");
        assert_eq!(shown(&json!("\0not a number")), "not a number");
        assert_eq!(shown(&json!("x".repeat(1_000_000))), format!("\"{}…", "x".repeat(LONGEST - 1)));
        assert_eq!(shown(&json!(vec![1; 100])).chars().count(), LONGEST + 1);
        assert_eq!([f32::NAN, f32::NEG_INFINITY, 0.5].map(number), ["not a number", "infinite", "0.5"]);
    }
}
