"""Turns the embedded GGUF model into the folder of safetensors and tokenizer that vLLM reads.

    gguf_to_hf.py MODEL.gguf FOLDER

Only for what gonogo ships (SmolLM2: llama architecture, byte-level BPE, tied embeddings); it stops
at anything else. Weights become bfloat16, so answers are those of the 4-bit model, not of the
published one.
"""

import json
import pathlib
import sys

import numpy
import torch
from gguf import GGUFReader
from gguf.quants import dequantize
from safetensors.torch import save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

NAMES = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}


def fields(reader):
    """GGUF metadata as Python values."""
    return {name: field.contents() for name, field in reader.fields.items()}


def unpermute(weight, heads):
    """GGUF stores rotary pairs side by side; Hugging Face stores them half a head apart."""
    rows, columns = weight.shape
    return weight.reshape(heads, rows // heads // 2, 2, columns).swapaxes(1, 2).reshape(rows, columns)


def weights(reader, heads, kv_heads):
    """Tensors under Hugging Face's names."""
    out = {}
    for tensor in reader.tensors:
        values = dequantize(tensor.data, tensor.tensor_type)
        part = tensor.name.split(".")
        if tensor.name == "token_embd.weight":
            name = "model.embed_tokens.weight"
        elif tensor.name == "output_norm.weight":
            name = "model.norm.weight"
        elif part[0] == "blk" and part[2] in NAMES and part[3] == "weight":
            name = f"model.layers.{part[1]}.{NAMES[part[2]]}.weight"
            if part[2] in ("attn_q", "attn_k"):
                values = unpermute(values, heads if part[2] == "attn_q" else kv_heads)
        else:
            sys.exit(f"gguf_to_hf: a tensor that SmolLM2 does not have: {tensor.name}")
        out[name] = torch.from_numpy(numpy.array(values, order="C")).to(torch.bfloat16)
    return out


def tokenizer(meta):
    """The byte-level BPE of the GGUF, with the pre-tokenizer that llama.cpp calls `smollm`."""
    if (meta["tokenizer.ggml.model"], meta["tokenizer.ggml.pre"]) != ("gpt2", "smollm"):
        sys.exit("gguf_to_hf: only SmolLM's tokenizer is known here")
    tokens = meta["tokenizer.ggml.tokens"]
    merges = [tuple(merge.split(" ")) for merge in meta["tokenizer.ggml.merges"]]
    made = Tokenizer(models.BPE({token: id for id, token in enumerate(tokens)}, merges))
    digits = pre_tokenizers.Digits(individual_digits=True)
    made.pre_tokenizer = pre_tokenizers.Sequence([digits, pre_tokenizers.ByteLevel(add_prefix_space=False)])
    made.decoder = decoders.ByteLevel()
    control = 3
    special = [token for token, kind in zip(tokens, meta["tokenizer.ggml.token_type"]) if kind == control]
    made.add_special_tokens(special)
    return made


def main(model, folder):
    reader = GGUFReader(model)
    meta = fields(reader)
    if meta["general.architecture"] != "llama":
        sys.exit(f"gguf_to_hf: architecture {meta['general.architecture']} is not known here")
    heads, kv_heads = meta["llama.attention.head_count"], meta["llama.attention.head_count_kv"]
    tokens, end = meta["tokenizer.ggml.tokens"], meta["tokenizer.ggml.eos_token_id"]
    out = pathlib.Path(folder)
    out.mkdir(parents=True, exist_ok=True)
    config = {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_size": meta["llama.embedding_length"],
        "intermediate_size": meta["llama.feed_forward_length"],
        "num_hidden_layers": meta["llama.block_count"],
        "num_attention_heads": heads,
        "num_key_value_heads": kv_heads,
        "rms_norm_eps": meta["llama.attention.layer_norm_rms_epsilon"],
        "rope_theta": meta["llama.rope.freq_base"],
        "max_position_embeddings": meta["llama.context_length"],
        "vocab_size": len(tokens),
        "tie_word_embeddings": True,
        "bos_token_id": meta["tokenizer.ggml.bos_token_id"],
        "eos_token_id": end,
        "hidden_act": "silu",
        "torch_dtype": "bfloat16",
    }
    (out / "config.json").write_text(json.dumps(config, indent=1))
    said = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "chat_template": meta["tokenizer.chat_template"],
        "bos_token": tokens[meta["tokenizer.ggml.bos_token_id"]],
        "eos_token": tokens[end],
        "model_max_length": meta["llama.context_length"],
        "clean_up_tokenization_spaces": False,
    }
    (out / "tokenizer_config.json").write_text(json.dumps(said, indent=1))
    tokenizer(meta).save(str(out / "tokenizer.json"))
    save_file(weights(reader, heads, kv_heads), str(out / "model.safetensors"), {"format": "pt"})


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
