//! The numbers that make one llama differ from another, read and checked.

use gonogo_tokenizer::Metadata;

use crate::error::{Refusal, unsupported};

/// Dimensions and constants of a llama.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Shape {
    pub(crate) layers: usize,
    /// Width of the residual stream.
    pub(crate) hidden: usize,
    /// Width of the feed-forward layer.
    pub(crate) inner: usize,
    pub(crate) heads: usize,
    /// Heads of keys and values, each shared by `heads / kv_heads` heads.
    pub(crate) kv_heads: usize,
    /// Values per head.
    pub(crate) head: usize,
    /// Values of a head that are rotated by position, from the first.
    pub(crate) rotated: usize,
    pub(crate) rope_base: f32,
    /// Positions are divided by this (linear scaling); 1 for none.
    pub(crate) rope_divisor: f32,
    /// Added to the mean square in the normalisation.
    pub(crate) epsilon: f32,
    /// Positions the model was trained for.
    pub(crate) context: usize,
}

impl Shape {
    /// Reads the shape, and refuses a model that this forward pass would not compute truly.
    pub(crate) fn read(metadata: &Metadata) -> Result<Self, Refusal> {
        let architecture = metadata.need_text("general.architecture")?;
        if architecture != "llama" {
            return Err(unsupported(
                format!("the architecture `{architecture}`"),
                "choose a GGUF whose general.architecture is llama (SmolLM2, Llama 2 and 3, TinyLlama, Mistral)",
            ));
        }
        refuse_what_is_missing(metadata)?;
        let hidden = metadata.need_count("llama.embedding_length")?;
        let heads = metadata.need_count("llama.attention.head_count")?;
        let kv_heads = metadata.count("llama.attention.head_count_kv")?.unwrap_or(heads);
        let head = metadata
            .count("llama.attention.key_length")?
            .or_else(|| hidden.checked_div(heads))
            .unwrap_or_default();
        let shape = Self {
            layers: metadata.need_count("llama.block_count")?,
            hidden,
            inner: metadata.need_count("llama.feed_forward_length")?,
            heads,
            kv_heads,
            head,
            rotated: metadata.count("llama.rope.dimension_count")?.unwrap_or(head),
            rope_base: metadata.float("llama.rope.freq_base")?.unwrap_or(10_000.0),
            rope_divisor: rope_divisor(metadata)?,
            epsilon: metadata.need_float("llama.attention.layer_norm_rms_epsilon")?,
            context: metadata.need_count("llama.context_length")?,
        };
        shape.check(metadata)
    }

    fn check(self, metadata: &Metadata) -> Result<Self, Refusal> {
        let whole = self.kv_heads > 0
            && self.head > 0
            && self.heads.is_multiple_of(self.kv_heads)
            && self.rotated <= self.head
            && self.rotated.is_multiple_of(2)
            && self.rope_divisor > 0.0;
        if !whole {
            return Err(Refusal::Damaged(format!("its attention dimensions do not fit together: {self:?}")));
        }
        let values = metadata.count("llama.attention.value_length")?.unwrap_or(self.head);
        if values != self.head {
            return Err(unsupported(
                format!("a value length of {values} beside a key length of {}", self.head),
                "choose a llama whose heads have one length",
            ));
        }
        Ok(self)
    }
}

fn refuse_what_is_missing(metadata: &Metadata) -> Result<(), Refusal> {
    let experts = metadata.count("llama.expert_count")?.unwrap_or_default();
    if experts > 0 {
        return Err(unsupported(format!("a mixture of {experts} experts"), "choose a dense llama"));
    }
    if metadata.flag("llama.attention.causal")? == Some(false) {
        return Err(unsupported("attention that is not causal".into(), "choose a generative llama"));
    }
    Ok(())
}

/// `none` and `linear` are here; llama 3's own scaling needs no key, it is a tensor of divisors.
fn rope_divisor(metadata: &Metadata) -> Result<f32, Refusal> {
    let factor = metadata.float("llama.rope.scaling.factor")?;
    let legacy = metadata.float("llama.rope.scale_linear")?;
    match metadata.text("llama.rope.scaling.type")? {
        Some("none") => Ok(1.0),
        Some("linear") => Ok(factor.or(legacy).unwrap_or(1.0)),
        // As llama.cpp: a factor without a type is linear, and 0 means none.
        None => Ok(factor.or(legacy).filter(|factor| *factor != 0.0).unwrap_or(1.0)),
        Some(other) => Err(unsupported(
            format!("the rope scaling type `{other}`"),
            "choose a llama with rope scaling none, linear or that of llama 3",
        )),
    }
}

#[cfg(test)]
mod tests {
    use gonogo_tokenizer::{Metadata, Value};

    use super::Shape;
    use crate::error::Refusal;

    fn read(changes: &[(&str, Value)]) -> Result<Shape, Refusal> {
        let base = [
            ("general.architecture", Value::Text("llama".into())),
            ("llama.block_count", Value::Integer(2)),
            ("llama.embedding_length", Value::Integer(64)),
            ("llama.feed_forward_length", Value::Integer(128)),
            ("llama.attention.head_count", Value::Integer(4)),
            ("llama.attention.head_count_kv", Value::Integer(2)),
            ("llama.attention.layer_norm_rms_epsilon", Value::Float(1e-5)),
            ("llama.context_length", Value::Integer(512)),
        ];
        let all = base.iter().chain(changes).map(|(key, value)| ((*key).to_owned(), value.clone()));
        Shape::read(&all.collect::<Metadata>())
    }

    #[test]
    fn what_the_file_leaves_out_has_llamas_defaults() {
        let shape = read(&[]).unwrap();
        assert_eq!((shape.head, shape.rotated), (16, 16));
        assert_eq!((shape.rope_base, shape.rope_divisor), (10_000.0, 1.0));
        let linear = [
            ("llama.rope.scaling.type", Value::Text("linear".into())),
            ("llama.rope.scaling.factor", Value::Float(4.0)),
        ];
        assert_eq!(read(&linear).unwrap().rope_divisor, 4.0);
    }

    #[test]
    fn what_is_not_implemented_is_refused_by_name() {
        let cases = [
            ("general.architecture", Value::Text("mamba".into()), "mamba"),
            ("llama.rope.scaling.type", Value::Text("yarn".into()), "yarn"),
            ("llama.expert_count", Value::Integer(8), "8 experts"),
            ("llama.attention.value_length", Value::Integer(32), "value length of 32"),
            ("llama.attention.causal", Value::Flag(false), "not causal"),
        ];
        for (key, value, named) in cases {
            let Err(Refusal::Unsupported(error)) = read(&[(key, value)]) else { panic!("{key} was taken") };
            assert!(error.to_string().contains(named), "{error}");
        }
    }

    #[test]
    fn dimensions_that_do_not_fit_are_damage() {
        for (key, value) in [
            ("llama.attention.head_count_kv", Value::Integer(3)),
            ("llama.attention.head_count_kv", Value::Integer(0)),
            ("llama.rope.dimension_count", Value::Integer(18)),
            ("llama.block_count", Value::Text("two".into())),
        ] {
            assert!(matches!(read(&[(key, value)]), Err(Refusal::Damaged(_))), "{key}");
        }
    }
}
