"""Writes a random Qwen2-shaped model as GGUF in Q4_0, for libllama.c to be timed on.

    python make_gguf.py OUT.gguf [--layers 6] [--hidden 2048] [--mlp 11008] [--heads 16] [--kv-heads 2] [--vocab 32768]

Needs the packages gguf and numpy. The defaults are the text layers of Qwen2.5-VL-3B, six of them, with an own head: the
shape of `npm run bench -- decode`.
"""

import argparse

import gguf
import numpy as np

BLOCK = 32  # weights of a Q4_0 block: a float16 scale and 16 bytes


def options():
    parser = argparse.ArgumentParser()
    parser.add_argument("out")
    for name, default in dict(layers=6, hidden=2048, mlp=11008, heads=16, kv_heads=2, vocab=32768).items():
        parser.add_argument("--" + name.replace("_", "-"), type=int, default=default)
    return parser.parse_args()


def random_q4_0(random, rows, columns):
    """Rows of Q4_0 blocks that stand for weights of spread about 0.02."""
    blocks = rows * columns // BLOCK
    scale = np.full(blocks, 0.0043, np.float16).view(np.uint8).reshape(blocks, 2)
    quants = random.integers(0, 256, (blocks, BLOCK // 2), dtype=np.uint8)
    return np.concatenate([scale, quants], axis=1).reshape(rows, -1)


def main():
    o = options()
    random = np.random.default_rng(0)
    head_dim = o.hidden // o.heads
    writer = gguf.GGUFWriter(o.out, "qwen2")
    writer.add_context_length(32768)
    writer.add_embedding_length(o.hidden)
    writer.add_feed_forward_length(o.mlp)
    writer.add_block_count(o.layers)
    writer.add_head_count(o.heads)
    writer.add_head_count_kv(o.kv_heads)
    writer.add_rope_freq_base(1e6)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q4_0)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list([chr(i) if 32 < i < 127 else f"<{i}>" for i in range(o.vocab)])
    writer.add_token_types([gguf.TokenType.NORMAL] * o.vocab)
    writer.add_token_merges(["! !"])
    writer.add_bos_token_id(o.vocab - 2)
    writer.add_eos_token_id(o.vocab - 1)
    writer.add_add_bos_token(False)

    def matrix(name, rows, columns):
        writer.add_tensor(name, random_q4_0(random, rows, columns), raw_dtype=gguf.GGMLQuantizationType.Q4_0)

    def vector(name, size, value):
        writer.add_tensor(name, np.full(size, value, np.float32))

    matrix("token_embd.weight", o.vocab, o.hidden)
    matrix("output.weight", o.vocab, o.hidden)
    vector("output_norm.weight", o.hidden, 1.0)
    for i in range(o.layers):
        block = f"blk.{i}"
        vector(f"{block}.attn_norm.weight", o.hidden, 1.0)
        vector(f"{block}.ffn_norm.weight", o.hidden, 1.0)
        for part, heads in (("q", o.heads), ("k", o.kv_heads), ("v", o.kv_heads)):
            matrix(f"{block}.attn_{part}.weight", heads * head_dim, o.hidden)
            vector(f"{block}.attn_{part}.bias", heads * head_dim, 0.01)
        matrix(f"{block}.attn_output.weight", o.hidden, o.heads * head_dim)
        matrix(f"{block}.ffn_gate.weight", o.mlp, o.hidden)
        matrix(f"{block}.ffn_up.weight", o.mlp, o.hidden)
        matrix(f"{block}.ffn_down.weight", o.hidden, o.mlp)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    main()
