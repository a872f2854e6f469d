//! Bytes in JSON: a string where they are text, `{"base64": "..."}` where they are not.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written<'a> {
    Text(std::borrow::Cow<'a, str>),
    Binary { base64: String },
}

/// Writes bytes as text if they are UTF-8, as base64 otherwise.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Written::Text(text.into()).serialize(serializer),
        Err(_) => Written::Binary { base64: STANDARD.encode(bytes) }.serialize(serializer),
    }
}

/// Reads what [`serialize`] wrote.
///
/// # Errors
/// Neither a string nor valid base64.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    match Written::deserialize(deserializer)? {
        Written::Text(text) => Ok(text.into_owned().into_bytes()),
        Written::Binary { base64 } => STANDARD.decode(base64).map_err(D::Error::custom),
    }
}

#[cfg(test)]
mod tests {
    use crate::task::BoxFile;

    #[test]
    fn text_stays_readable_and_binary_comes_back() {
        for bytes in [b"a,b\n1,2\n".to_vec(), vec![0xff, 0x00, 0x80]] {
            let file = BoxFile::new("x", bytes);
            let text = serde_json::to_string(&file).unwrap();
            assert_eq!(serde_json::from_str::<BoxFile>(&text).unwrap(), file);
        }
        assert_eq!(serde_json::to_string(&BoxFile::new("x", "hi")).unwrap(), r#"{"path":"x","bytes":"hi"}"#);
    }
}
